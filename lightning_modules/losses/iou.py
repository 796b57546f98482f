"""IoU loss on boxes."""

from typing import ClassVar, Literal

import torch
from torch import Tensor

from lightning_modules.losses.box import BoxLoss
from lightning_modules.losses.precision import at_least_float32


class IoU(BoxLoss):
    """1 − IoU (the linear form of Yu et al. 2016, "UnitBox"); without overlap there is no gradient.

    Shape:
        Predicted (M, 4), target (M, 4) → (M,).
    """

    on: ClassVar[Literal["deltas", "boxes"]] = "boxes"

    def forward(self, predicted: Tensor, target: Tensor) -> Tensor:
        return 1 - paired_iou(at_least_float32(predicted), at_least_float32(target))


def paired_iou(boxes: Tensor, others: Tensor) -> Tensor:
    """IoU of each box with its partner, where torchvision's is of all pairs; (M, 4), (M, 4) → (M,)."""
    (low, high), (other_low, other_high) = boxes.chunk(2, dim=1), others.chunk(2, dim=1)
    shared = area((torch.min(high, other_high) - torch.max(low, other_low)).clamp(min=0))
    return shared / (area(high - low) + area(other_high - other_low) - shared + 1e-7)


def area(size: Tensor) -> Tensor:
    """Width times height, (M, 2) → (M,)."""
    width, height = size.unbind(1)
    return width * height
