"""COCO's average precision."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from faster_coco_eval import COCO, COCOeval_faster
from numpy.typing import NDArray
from torch import Tensor

from lightning_modules.ranks import gather_over_ranks

Boxes = Mapping[str, Tensor]
Floats = NDArray[np.float64]
SCORES: dict[str, Any] = {
    "map": np.s_[:, :, :, 0],
    "map50": np.s_[0, :, :, 0],
    "map75": np.s_[5, :, :, 0],
    "map_small": np.s_[:, :, :, 1],
    "map_medium": np.s_[:, :, :, 2],
    "map_large": np.s_[:, :, :, 3],
}
"""Of which precisions each is the mean: IoU thresholds × recall thresholds × classes × sizes."""


class AveragePrecision:
    """AP over a data set by COCO's official definition, computed by faster-coco-eval.

    mAP is the mean over IoU thresholds 0.5, 0.55 … 0.95 and over classes, at most 100 detections an image; small is
    an area up to 32², large one from 96² on. An object's area is the one that the truth states, else its box's; a
    detection's is its box's. NaN where there is nothing to find.

    Under several processes all images are gathered, however unevenly they are shared out.

    Args:
        classes: Names of the labels 0, 1 …
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self.classes = classes
        self.images: list[tuple[Boxes, Boxes]] = []

    def update(self, detections: Sequence[Boxes], truth: Sequence[Boxes]) -> None:
        """Add images: detections with `boxes`, `scores`, `labels`; truth with `boxes`, `labels` and perhaps `area`.

        They stay on their device, so that nobody waits for them before the end.
        """
        self.images += zip(detections, truth, strict=True)

    def compute(self) -> dict[str, float]:
        """The scores by name, each class as `ap/<class>`; forgets the images."""
        images = gather_over_ranks([(_on_host(found), _on_host(truth)) for found, truth in self.images])
        self.images = []
        precision = _precision(images, len(self.classes))
        scores = {name: _mean(precision[which]) for name, which in SCORES.items()}
        by_class = np.moveaxis(precision[..., 0], -1, 0)
        return scores | {f"ap/{name}": _mean(each) for name, each in zip(self.classes, by_class, strict=True)}


def _precision(images: Sequence[tuple[Boxes, Boxes]], classes: int) -> Floats:
    """Precision by IoU threshold, recall threshold, class and size of the object; -1 where there is nothing to find."""
    if not images:
        return np.full((10, 101, classes, 4), -1.0)
    detections, truth = zip(*images, strict=True)
    evaluation = COCOeval_faster(_table(truth, classes), _table(detections, classes), "bbox", print_function=_silent)
    evaluation.evaluate()
    evaluation.accumulate()
    precision: Floats = evaluation.eval["precision"][..., -1]  # at most 100 detections an image
    return precision


def _silent(*_: Any) -> None:
    """What the evaluator tells."""


def _table(images: Sequence[Boxes], classes: int) -> COCO:
    """Boxes as COCO's files have them; made in one pass over lists, since most of the time goes into these."""
    boxes, labels = (torch.cat([image[name] for image in images]) for name in ("boxes", "labels"))
    sides = torch.cat([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], 1).double()
    areas = torch.cat([image["area"] for image in images]).double() if "area" in images[0] else sides[:, 2:].prod(1)
    scores = torch.cat([image["scores"] for image in images]).double() if "scores" in images[0] else areas
    counts = torch.tensor([len(image["boxes"]) for image in images])
    number = torch.arange(len(images)).repeat_interleave(counts)
    columns = (each.tolist() for each in (number, labels.long(), sides, areas, scores))
    return COCO(
        {
            "images": [{"id": number} for number in range(len(images))],
            "categories": [{"id": label, "name": str(label)} for label in range(classes)],
            "annotations": [
                {"id": k, "image_id": i, "category_id": c, "bbox": box, "area": area, "score": score, "iscrowd": 0}
                for k, (i, c, box, area, score) in enumerate(zip(*columns, strict=True), start=1)
            ],
        }
    )


def _mean(precision: Floats) -> float:
    found = precision[precision > -1]
    return float(found.mean()) if found.size else math.nan


def _on_host(boxes: Boxes) -> Boxes:
    return {name: value.detach().cpu() for name, value in boxes.items()}


def in_own_pixels(detections: Sequence[Boxes], batch: Mapping[str, Any]) -> tuple[list[Boxes], list[Boxes]]:
    """Detections and truth of a batch in the pixels that its images had before they were resized.

    A batch says by `size` (N, 2), height and width, what these were; without, its pixels are the images' own.
    """
    height, width = batch["image"].shape[-2:]
    new = batch["image"].new_tensor([height, width], dtype=torch.float32)
    scales = (batch["size"] / new if "size" in batch else new.new_ones(len(detections), 2)).flip(-1).repeat(1, 2)
    names = [name for name in ("boxes", "labels", "area") if name in batch]
    truth = [dict(zip(names, each, strict=True)) for each in zip(*(batch[name] for name in names), strict=True)]
    return _scaled(detections, scales), _scaled(truth, scales)


def _scaled(images: Sequence[Boxes], scales: Tensor) -> list[Boxes]:
    return [{**each, "boxes": each["boxes"] * scale} for each, scale in zip(images, scales, strict=True)]
