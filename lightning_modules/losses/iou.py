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
    left, top, right, bottom = boxes.unbind(1)  # one by one: faster than corners in pairs
    other_left, other_top, other_right, other_bottom = others.unbind(1)
    width = (torch.min(right, other_right) - torch.max(left, other_left)).clamp(min=0)
    height = (torch.min(bottom, other_bottom) - torch.max(top, other_top)).clamp(min=0)
    shared = width * height
    areas = (right - left) * (bottom - top) + (other_right - other_left) * (other_bottom - other_top)
    return shared / (areas - shared + 1e-7)
