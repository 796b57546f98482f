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
    an area up to 32², large one from 96² on. An object's area is the one that the truth states, else its box's; a
    detection's is its box's. NaN where there is nothing to find.

    Under several processes all images are gathered, however unevenly they are shared out. (torchmetrics gathers
    image by image, and waits for ever if one process has more of them.)

    Args:
        classes: Names of the labels 0, 1 …
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self.classes = classes
        self.images: list[tuple[Boxes, Boxes]] = []

    def update(self, detections: Sequence[Boxes], truth: Sequence[Boxes]) -> None:
        """Add images: detections with `boxes`, `scores`, `labels`; truth with `boxes`, `labels` and perhaps `area`."""
        for pair in zip(detections, truth, strict=True):
            ours, theirs = ({name: value.cpu() for name, value in boxes.items()} for boxes in pair)
            if "area" in theirs:
                theirs["area"] = theirs["area"].clamp(min=1e-6)  # torchmetrics takes 0 for "not stated"
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


def _gathered(images: list[Any]) -> list[Any]:
    """The images of all processes."""
    if not torch.distributed.is_initialized():
        return images
    parts: list[Any] = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(parts, images)
    return list(chain.from_iterable(parts))
