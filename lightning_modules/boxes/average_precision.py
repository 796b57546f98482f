"""COCO's average precision."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lightning_modules.boxes.precision import AREAS, IOUS, RECALLS, Objects, precisions
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
    """AP over a data set by COCO's official definition.

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
        precision = np.full((len(IOUS), len(RECALLS), len(self.classes), len(AREAS)), -1.0)
        if images:
            detections, truth = zip(*images, strict=True)
            precision = precisions(_objects(detections), _objects(truth), len(self.classes))
        scores = {name: _mean(precision[which]) for name, which in SCORES.items()}
        by_class = np.moveaxis(precision[..., 0], -1, 0)
        return scores | {f"ap/{name}": _mean(each) for name, each in zip(self.classes, by_class, strict=True)}


def _objects(images: Sequence[Boxes]) -> Objects:
    """Boxes of some images, put together."""
    boxes, labels = (torch.cat([image[name] for image in images]) for name in ("boxes", "labels"))
    sides = torch.cat([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], 1).double()
    areas = torch.cat([image["area"] for image in images]).double() if "area" in images[0] else sides[:, 2:].prod(1)
    scores = torch.cat([image["scores"] for image in images]).double() if "scores" in images[0] else areas
    counts = torch.tensor([len(image["boxes"]) for image in images])
    number = torch.arange(len(images)).repeat_interleave(counts)
    return Objects(*(column.numpy() for column in (number, labels.long(), sides, areas, scores)))


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
