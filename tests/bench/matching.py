"""What the anchors of crowded images are to say, beside torchvision's matcher in a loop over the images."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torchvision.models.detection._utils import Matcher
from torchvision.ops import box_iou

from lightning_modules.heads import RetinaHead
from lightning_modules.layers import Level
from tests.bench.row import Row, beside

BATCH, OBJECTS, SIZE = 8, 60, 256
LEVELS = [Level(8, stride) for stride in (8, 16, 32, 64, 128)]


def rows() -> Iterator[Row]:
    """Time and peak memory of RetinaNet's targets, `BATCH` images of `OBJECTS` objects each."""
    head = RetinaHead(LEVELS, 20, background_logit=False, channels=8, depth=1)
    anchors = head.anchors(torch.empty(BATCH, 3, SIZE, SIZE))
    boxes, labels = _objects()
    matcher = Matcher(0.5, 0.4, allow_low_quality_matches=True)

    def theirs() -> list[tuple[Tensor, Tensor]]:
        matches = [matcher(box_iou(each, anchors)).clamp(min=0) for each in boxes]
        return [(c[match], b[match]) for match, c, b in zip(matches, labels, boxes, strict=True)]

    yield from beside("RetinaNet's targets, torchvision", lambda: head.targets(boxes, labels, anchors), theirs)


def _objects() -> tuple[list[Tensor], list[Tensor]]:
    generator = torch.Generator().manual_seed(0)
    low = torch.rand(BATCH, OBJECTS, 2, generator=generator) * SIZE * 3 / 4
    high = low + 8 + torch.rand(BATCH, OBJECTS, 2, generator=generator) * SIZE / 4
    labels = torch.randint(0, 20, (BATCH, OBJECTS), generator=generator)
    return list(torch.cat([low, high], dim=2)), list(labels)
