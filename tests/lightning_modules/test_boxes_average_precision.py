"""AP is COCO's official number."""

import math
import multiprocessing
from typing import Any

import numpy as np
import pytest
import torch
from faster_coco_eval import COCO, COCOeval_faster
from torch import Tensor
from torchmetrics.detection import MeanAveragePrecision

from lightning_modules.boxes import AveragePrecision
from lightning_modules.boxes import average_precision as average_precision_module
from tests.lightning_modules.boxes import random_boxes


def made_up(images: int = 20, classes: int = 4) -> tuple[list[dict[str, Tensor]], list[dict[str, Tensor]]]:
    """Detections of all qualities, some images without objects or detections, and boxes of all COCO sizes."""
    generator = torch.Generator().manual_seed(0)
    detections, truth = [], []
    for i in range(images):
        count = int(torch.randint(0, 9, (), generator=generator)) if i else 0
        boxes = random_boxes(count, size=(60, 150, 500)[i % 3], seed=100 + i).float()
        labels = torch.randint(0, classes - 1, (count,), generator=generator)  # the last class never occurs
        noise = 6 * torch.randn(count, 4, generator=generator) * torch.rand(count, 1, generator=generator)
        wrong = torch.rand(count, generator=generator) < 0.2
        extra = random_boxes(0 if i == 1 else 4, seed=200 + i).float()
        found = torch.cat([boxes + noise, extra]) if i != 2 else extra[:0]
        guess = torch.cat([torch.where(wrong, 0, labels), torch.randint(0, classes - 1, (4,), generator=generator)])
        scores = torch.rand(len(found), generator=generator)
        detections.append({"boxes": found, "scores": scores, "labels": guess[: len(found)]})
        truth.append({"boxes": boxes, "labels": labels})
    return detections, truth


def official(detections: list[dict[str, Tensor]], truth: list[dict[str, Tensor]]) -> list[float]:
    """COCO's twelve numbers, by its own format and evaluation."""

    def annotation(number: int, image: int, box: Tensor, label: Tensor) -> dict[str, Any]:
        x, y, right, bottom = box.double().tolist()
        area = {"bbox": [x, y, right - x, bottom - y], "area": (right - x) * (bottom - y), "iscrowd": 0}
        return {"id": number, "image_id": image, "category_id": int(label), **area}

    objects = [(i, *row) for i, t in enumerate(truth) for row in zip(t["boxes"], t["labels"], strict=True)]
    coco = COCO(
        {
            "images": [{"id": i, "height": 1000, "width": 1000} for i in range(len(truth))],
            "categories": [{"id": i, "name": str(i)} for i in range(3)],
            "annotations": [annotation(n, *row) for n, row in enumerate(objects, start=1)],
        }
    )
    found = [
        {**annotation(0, i, box, label), "score": float(score)}
        for i, d in enumerate(detections)
        for box, label, score in zip(d["boxes"], d["labels"], d["scores"], strict=True)
    ]
    evaluation = COCOeval_faster(coco, coco.loadRes(found), "bbox", print_function=lambda *_: None)
    evaluation.run()
    return [float(x) for x in evaluation.stats]


def test_ap_is_the_official_number() -> None:
    detections, truth = made_up()
    precision = AveragePrecision(["a", "b", "c", "never"])
    for start in (0, 7, 14):
        precision.update(detections[start : start + 7], truth[start : start + 7])
    ours, theirs = precision.compute(), official(detections, truth)
    names = ("map", "map50", "map75", "map_small", "map_medium", "map_large")
    assert [ours[name] for name in names] == pytest.approx(theirs[:6], abs=1e-7)
    assert 0.1 < ours["map"] < ours["map50"] < 0.9
    assert ours["map"] == pytest.approx(sum(ours[f"ap/{name}"] for name in "abc") / 3, abs=1e-6)
    assert math.isnan(ours["ap/never"])


@pytest.mark.parametrize("stated", [1.0, 0.6, 0.0])
def test_ap_of_each_class_is_that_of_an_evaluation_of_its_own(stated: float) -> None:
    detections, truth = made_up(40)
    areas = [stated * (t["boxes"][:, 2:] - t["boxes"][:, :2]).prod(1) for t in truth]
    truth = [{**t, "area": area.clamp(min=1e-6)} for t, area in zip(truth, areas, strict=True)]  # theirs: 0 is unknown
    theirs = MeanAveragePrecision(  # whose own recall thresholds are rounded to float32
        rec_thresholds=np.linspace(0, 1, 101).tolist(), class_metrics=True, backend="faster_coco_eval"
    )
    theirs.update(detections, truth)
    ours = AveragePrecision("abcd")
    ours.update(detections, truth)
    expected, found = theirs.compute(), ours.compute()
    names = {"map": "map", "map50": "map_50", "map75": "map_75", "map_small": "map_small", "map_large": "map_large"}
    ours_found = np.nan_to_num(np.float32([found[name] for name in names]), nan=-1)
    assert ours_found.tolist() == [float(expected[name]) for name in names.values()]
    assert [np.float32(found[f"ap/{name}"]) for name in "abc"] == expected["map_per_class"].tolist()


def test_perfect_and_no_detections() -> None:
    _, truth = made_up()
    perfect, nothing = AveragePrecision("abcd"), AveragePrecision("abcd")
    perfect.update([{**t, "scores": torch.ones(len(t["labels"]))} for t in truth], truth)
    none = {"boxes": torch.zeros(0, 4), "scores": torch.zeros(0), "labels": torch.zeros(0).long()}
    nothing.update([none] * 20, truth)
    assert perfect.compute()["map"] == 1
    assert nothing.compute()["map"] == 0
    nothing.update([none], [none])
    assert math.isnan(nothing.compute()["map"])  # it has forgotten the images, and in this one is nothing to find


def test_ap_is_of_the_images_of_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    detections, truth = made_up()
    here, there, whole = (AveragePrecision("abcd") for _ in range(3))
    here.update(detections[:3], truth[:3])
    there.update(detections[3:], truth[3:])
    whole.update(detections, truth)
    expected = whole.compute()

    def gather(parts: list[Any], images: Any) -> None:
        parts[:] = [images, there.images]

    distributed = average_precision_module.torch.distributed
    monkeypatch.setattr(distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(distributed, "get_world_size", lambda: 2)
    monkeypatch.setattr(distributed, "all_gather_object", gather)
    assert here.compute() == pytest.approx(expected, nan_ok=True)


def test_a_fork_of_a_process_that_has_scored_can_score() -> None:
    """As two ranks of a notebook do, and a loader's worker might: an evaluator's own threads are lost in a fork."""
    numbers = _scores_of_one_box()
    child = multiprocessing.get_context("fork").Process(target=_scores_of_one_box)
    child.start()
    child.join(60)
    hangs = child.exitcode is None
    child.kill()
    assert not hangs
    assert child.exitcode == 0
    assert numbers["map"] == pytest.approx(1.0)


def _scores_of_one_box() -> dict[str, float]:
    box = {"boxes": torch.tensor([[0.0, 0.0, 40.0, 40.0]]), "labels": torch.tensor([0])}
    precision = AveragePrecision("a")
    precision.update([{**box, "scores": torch.tensor([0.9])}], [box])
    return precision.compute()
