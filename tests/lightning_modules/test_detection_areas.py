"""AP by size is COCO's own number on COCO files, whatever size their images are resized to."""

import json
import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from faster_coco_eval import COCO, COCOeval_faster
from lightning.pytorch import Trainer
from PIL import Image
from torch import Tensor

from datamodules import CocoBoxes, DenseData, VocBoxes
from lightning_modules import Detection
from lightning_modules.boxes import AveragePrecision, in_own_pixels
from tests.datamodules.voc_layout import OBJECT
from tests.lightning_modules.detectors import detection
from tests.lightning_modules.fits import QUIET

SIZES = ((160, 240), (240, 160), (120, 120))  # height, width
STATED = 0.6  # area of an object over its box's, as of a silhouette
NAMES = ("map", "map50", "map75", "map_small", "map_medium", "map_large")


def official(file: Path, found: list[dict[str, Any]]) -> dict[str, float]:
    """The numbers of COCO's own evaluation on its own format."""
    coco = COCO(str(file))
    evaluation = COCOeval_faster(coco, coco.loadRes(found), "bbox", print_function=lambda *_: None)
    evaluation.run()
    scores = [float(score) for score in evaluation.stats[:6]]
    return {name: score if score >= 0 else math.nan for name, score in zip(NAMES, scores, strict=True)}


def rows(image: int, boxes: Tensor, scores: Tensor, labels: Tensor) -> list[dict[str, Any]]:
    """Detections in one image, in COCO's format; categories count from 1."""
    x1, y1, x2, y2 = boxes.double().unbind(-1)
    corners = torch.stack([x1, y1, x2 - x1, y2 - y1], -1).tolist()
    return [
        {"image_id": image, "category_id": int(label) + 1, "bbox": box, "score": float(score)}
        for box, score, label in zip(corners, scores, labels, strict=True)
    ]


def draw(folder: Path, number: int, rng: np.random.Generator) -> tuple[dict[str, Any], list[tuple[int, ...]]]:
    """An image of two bright rectangles on black, one in the upper half and one in the lower."""
    height, width = SIZES[number % len(SIZES)]
    pixels, boxes = np.zeros((height, width, 3), np.uint8), []
    for top in (0, height // 2):
        h, w = (int(rng.integers(20, side * 0.48)) for side in (height, width))
        y, x = top + int(rng.integers(0, height // 2 - h)), int(rng.integers(0, width - w))
        pixels[y : y + h, x : x + w] = 255
        boxes.append((x, y, w, h))
    Image.fromarray(pixels).save(folder / f"{number}.png")
    return {"id": number, "file_name": f"{number}.png", "height": height, "width": width}, boxes


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rectangles as COCO files have them, and the training images in VOC's layout, too."""
    root, rng = tmp_path_factory.mktemp("rectangles"), np.random.default_rng(0)
    for split, count in (("train", 32), ("val", 24)):
        folder = root / split / "images"
        folder.mkdir(parents=True)
        images, boxes = zip(*(draw(folder, number, rng) for number in range(count)), strict=True)
        annotations = [
            {"image_id": image["id"], "category_id": 1, "bbox": box, "area": STATED * box[2] * box[3], "iscrowd": 0}
            for image, found in zip(images, boxes, strict=True)
            for box in found
        ]
        content = {
            "images": images,
            "categories": [{"id": 1, "name": "rectangle"}],
            "annotations": [{"id": number, **each} for number, each in enumerate(annotations, start=1)],
        }
        (root / split / "boxes.json").write_text(json.dumps(content))
    return root


@pytest.fixture(scope="module")
def trained(root: Path) -> Detection:
    """A detector that finds some of the rectangles."""
    torch.manual_seed(0)
    model = detection(
        num_classes=1, optimizer=partial(torch.optim.Adam, lr=0.02), max_detections=10, of_head={"depth": 1}
    )
    trainer = Trainer(accelerator="cpu", max_epochs=10, limit_val_batches=0, use_distributed_sampler=False, **QUIET)
    trainer.fit(model, CocoBoxes(str(root), (96, 64), batch_size=8, flip=0.5))
    return model


def by_coco(model: Detection, data: DenseData, file: Path) -> dict[str, float]:
    """COCO's numbers of what the detector finds, put into the files' pixels here."""
    content, found = json.loads(file.read_text()), []
    samples = (sample for batch in data.val_dataloader() for sample in batch["image"])
    for image, sample in zip(content["images"], samples, strict=True):
        with torch.no_grad():
            (seen,) = model.eval().detections(model(sample[None]), sample[None])
        scale = torch.tensor([image["width"] / sample.shape[2], image["height"] / sample.shape[1]]).repeat(2)
        found += rows(image["id"], seen["boxes"] * scale, seen["scores"], seen["labels"])
    return official(file, found)


@pytest.mark.parametrize("size", [(96, 64), (80, 96)])
def test_ap_by_size_is_cocos_own_at_any_size(trained: Detection, root: Path, size: tuple[int, int]) -> None:
    data, file = CocoBoxes(str(root), size, batch_size=5), root / "val" / "boxes.json"
    trainer = Trainer(accelerator="cpu", use_distributed_sampler=False, **QUIET)
    (ours,) = trainer.validate(trained, data, verbose=False)
    theirs = by_coco(trained, data, file)
    assert {name: ours[f"val/{name}"] for name in NAMES} == pytest.approx(theirs, abs=1e-6, nan_ok=True)
    assert 0.01 < theirs["map_small"] < 1
    assert 0.01 < theirs["map_medium"] < 1


def test_a_stated_area_decides_what_is_small(tmp_path: Path) -> None:
    """A box of 20×60 with an area of 800 is small, although 20 · 60 is more than 32²."""
    boxes, areas = [[10, 10, 20, 60], [50, 10, 40, 40], [100, 10, 40, 40]], [800, 1600, 0]
    annotations = [
        {"id": number, "image_id": 1, "category_id": 1, "iscrowd": 0, "bbox": box, "area": area}
        for number, (box, area) in enumerate(zip(boxes, areas, strict=True), start=1)
    ]
    images = [{"id": 1, "file_name": "a.png", "height": 80, "width": 160}]
    content = {"images": images, "categories": [{"id": 1, "name": "x"}], "annotations": annotations}
    (tmp_path / "val" / "images").mkdir(parents=True)
    (tmp_path / "val" / "boxes.json").write_text(json.dumps(content))
    Image.new("RGB", (160, 80)).save(tmp_path / "val" / "images" / "a.png")
    data = CocoBoxes(str(tmp_path), (40, 40), classes=["x"])
    (batch,) = data.val_dataloader()
    found = torch.tensor([[2.5, 5, 7.5, 35], [12, 5, 22, 25]])  # the first exactly, the second by about a half
    detections = [{"boxes": found, "scores": torch.tensor([0.9, 0.8]), "labels": torch.zeros(2).long()}]
    precision = AveragePrecision(["x"])
    precision.update(*in_own_pixels(detections, batch))
    ours = precision.compute()
    theirs = official(
        tmp_path / "val" / "boxes.json", rows(1, found * torch.tensor([4, 2, 4, 2]), *_scored(detections))
    )
    assert {name: ours[name] for name in NAMES} == pytest.approx(theirs, abs=1e-6, nan_ok=True)
    assert ours["map_small"] == pytest.approx(51 / 101)  # of 800 and of 0
    assert 0 < ours["map_medium"] < 1


def _scored(detections: list[dict[str, Tensor]]) -> tuple[Tensor, Tensor]:
    return detections[0]["scores"], detections[0]["labels"]


def test_boxes_of_voc_have_the_area_that_they_have_in_the_file(tmp_path: Path) -> None:
    for folder in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (tmp_path / folder).mkdir(parents=True)
    Image.new("RGB", (160, 80)).save(tmp_path / "JPEGImages" / "a.jpg")
    size, found = "<size><width>160</width><height>80</height></size>", OBJECT.format("x", 10, 10, 30, 70)
    (tmp_path / "Annotations" / "a.xml").write_text(f"<annotation>{size}{found}</annotation>")
    (tmp_path / "ImageSets" / "Main" / "val.txt").write_text("a")
    (batch,) = VocBoxes(str(tmp_path), (40, 40), classes=["x"]).val_dataloader()
    assert batch["size"].tolist() == [[80, 160]]
    assert batch["area"][0].tolist() == [1200]
    _, (truth,) = in_own_pixels([{"boxes": batch["boxes"][0]}], batch)
    assert truth["boxes"].tolist() == [[10, 10, 30, 70]]


def test_training_batches_say_nothing_of_the_file(root: Path) -> None:
    batch = next(iter(CocoBoxes(str(root), (32, 32)).train_dataloader()))
    assert batch.keys() == {"image", "boxes", "labels"}
