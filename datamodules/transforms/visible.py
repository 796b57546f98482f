"""How much of each box a transform leaves in sight."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torchvision import tv_tensors

CORNERS = "corners"  # a transform moves these with the boxes, but does not cut them


def transform_boxes(
    transform: Callable[[dict[str, Any]], dict[str, Any]], sample: dict[str, Any], seen: Tensor, least: float
) -> tuple[dict[str, Any], Tensor]:
    """Transform a sample with boxes, and drop those of which too little is left in sight.

    A transform that sorts out boxes by itself has its way; what it keeps counts as wholly in sight.

    Args:
        transform: The transform.
        sample: With (n, 4) boxes and (n,) labels.
        seen: The share of each box that earlier transforms left, (n,).
        least: The least share of a box that is kept.

    Returns:
        The sample, and the shares that belong to its boxes.
    """
    corners = _corners(sample["boxes"])
    moved = {**transform({**sample, CORNERS: corners})}
    after, boxes = moved.pop(CORNERS, corners), moved["boxes"]
    if len(boxes) != len(seen):
        return moved, torch.ones(len(boxes))
    if after is not corners:
        seen = seen * (_area(boxes) / _area(_around(after)).clamp(min=1e-6)).clamp(max=1)
    kept = seen >= least
    boxes = tv_tensors.wrap(boxes[kept], like=boxes)
    return {**moved, "boxes": boxes, "labels": moved["labels"][kept]}, seen[kept]


def _corners(boxes: Any) -> tv_tensors.KeyPoints:
    x1, y1, x2, y2 = boxes.as_subclass(Tensor).unbind(-1)
    points = torch.stack([x1, y1, x2, y1, x2, y2, x1, y2], -1).reshape(-1, 4, 2)
    return tv_tensors.KeyPoints(points, canvas_size=boxes.canvas_size)


def _around(corners: Tensor) -> Tensor:
    """The box around four corners; (n, 4, 2) → (n, 4)."""
    points = corners.as_subclass(Tensor)
    return torch.cat([points.amin(1), points.amax(1)], -1)


def _area(boxes: Tensor) -> Tensor:
    low, high = boxes.as_subclass(Tensor).split(2, -1)
    return (high - low).clamp(min=0).prod(-1)
