"""COCO's average precision."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch.distributed
from torch import Tensor
from torchmetrics.detection import MeanAveragePrecision

Boxes = Mapping[str, Tensor]
NAMES = {
    "map": "map",
    "map50": "map_50",
    "map75": "map_75",
    "map_small": "map_small",
    "map_medium": "map_medium",
    "map_large": "map_large",
}
"""Our name → torchmetrics'."""


class AveragePrecision:
    """AP over a data set by COCO's official definition, computed by faster-coco-eval.

    mAP is the mean over IoU thresholds 0.5, 0.55 … 0.95 and over classes, at most 100 detections an image; small is
    an area below 32², large one from 96² on. NaN where there is nothing to find.

    Under several processes all images are gathered, however unevenly they are shared out. (torchmetrics gathers
    image by image, and waits for ever if one process has more of them.)

    Args:
        classes: Names of the labels 0, 1 …
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self.classes = classes
        self.images: list[tuple[Boxes, Boxes]] = []

    def update(self, detections: Sequence[Boxes], truth: Sequence[Boxes]) -> None:
        """Add images: detections with `boxes`, `scores` and `labels`, the truth with `boxes` and `labels`."""
        for pair in zip(detections, truth, strict=True):
            ours, theirs = ({name: value.cpu() for name, value in boxes.items()} for boxes in pair)
            self.images.append((ours, theirs))

    def compute(self) -> dict[str, float]:
        """The scores by name, each class as `ap/<class>`; forgets the images."""
        images = _gathered(self.images)
        self.images = []
        metric = MeanAveragePrecision(
            # torchmetrics' own thresholds are rounded to float32, and miss the official number by that.
            rec_thresholds=np.linspace(0, 1, 101).tolist(),
            class_metrics=True,
            backend="faster_coco_eval",
            sync_on_compute=False,
        )
        metric.warn_on_many_detections = False  # the 101st counts for nothing, as it should
        metric.update([dict(ours) for ours, _ in images], [dict(truth) for _, truth in images])
        found = metric.compute()
        by_class = dict(zip(found["classes"].view(-1).tolist(), found["map_per_class"].view(-1).tolist(), strict=True))
        scores = {name: float(found[theirs]) for name, theirs in NAMES.items()}
        scores |= {f"ap/{name}": by_class.get(label, -1.0) for label, name in enumerate(self.classes)}
        return {name: value if value >= 0 else float("nan") for name, value in scores.items()}


def _gathered(images: list[Any]) -> list[Any]:
    """The images of all processes."""
    if not torch.distributed.is_initialized():
        return images
    parts: list[Any] = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(parts, images)
    return list(chain.from_iterable(parts))
