"""COCO's AP and that of each class, beside torchmetrics, which evaluates anew for each class."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torchmetrics.detection import MeanAveragePrecision

from lightning_modules.boxes import AveragePrecision
from tests.bench.row import Row, in_turn

CLASSES, OBJECTS, DETECTIONS = 20, 8, 40  # of each image, the last two
Images = list[dict[str, Tensor]]


def rows() -> Iterator[Row]:
    """Seconds of one evaluation of 500 and of 2,000 images."""
    for count in (500, 2000):
        images = _images(count)
        seconds = in_turn(partial(_ours, *images), partial(_theirs, *images), rounds=3)
        yield Row(f"mAP of {count:,} images, torchmetrics (s)", *seconds, 0.2)


def _ours(detections: Images, truth: Images) -> None:
    metric = AveragePrecision([str(label) for label in range(CLASSES)])
    metric.update(detections, truth)
    metric.compute()


def _theirs(detections: Images, truth: Images) -> None:
    thresholds = np.linspace(0, 1, 101).tolist()
    metric = MeanAveragePrecision(rec_thresholds=thresholds, class_metrics=True, backend="faster_coco_eval")
    metric.update([dict(each) for each in detections], [dict(each) for each in truth])
    metric.compute()


def _images(count: int) -> tuple[Images, Images]:
    generator = torch.Generator().manual_seed(0)
    low, size = 300 * torch.rand(2, count, OBJECTS, 2, generator=generator)
    boxes = torch.cat([low, low + 4 + size / 2], -1)
    labels = torch.randint(CLASSES, (count, OBJECTS), generator=generator)
    found = boxes.repeat(1, DETECTIONS // OBJECTS, 1)
    found = found + 12 * torch.randn(found.shape, generator=generator) * torch.rand(count, 1, 1, generator=generator)
    guessed = labels.repeat(1, DETECTIONS // OBJECTS)
    guessed = guessed.where(torch.rand(guessed.shape, generator=generator) > 0.3, 0)
    scores = torch.rand(guessed.shape, generator=generator)
    truth = [{"boxes": b, "labels": c} for b, c in zip(boxes, labels, strict=True)]
    detections = zip(found, scores, guessed, strict=True)
    return [{"boxes": b, "scores": s, "labels": c} for b, s, c in detections], truth
