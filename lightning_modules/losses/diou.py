"""Distance IoU loss on boxes."""

from typing import ClassVar, Literal

import torch
from torch import Tensor

from lightning_modules.losses.box import BoxLoss
from lightning_modules.losses.iou import paired_iou
from lightning_modules.losses.precision import at_least_float32


class DIoU(BoxLoss):
    """1 − IoU + ρ²/c², ρ between the centres, c the diagonal of the box around both (Zheng et al. 2020, eq. 7).

    Shape:
        Predicted (M, 4), target (M, 4) → (M,), in 0 … 2.
    """

    on: ClassVar[Literal["deltas", "boxes"]] = "boxes"

    def forward(self, predicted: Tensor, target: Tensor) -> Tensor:
        predicted, target = at_least_float32(predicted), at_least_float32(target)
        return 1 - paired_iou(predicted, target) + centre_distance(predicted, target)


def centre_distance(boxes: Tensor, others: Tensor) -> Tensor:
    """ρ²/c² of each box and its partner, (M, 4), (M, 4) → (M,)."""
    left, top, right, bottom = boxes.unbind(1)
    other_left, other_top, other_right, other_bottom = others.unbind(1)
    offset = (left + right - other_left - other_right) / 2, (top + bottom - other_top - other_bottom) / 2
    width = torch.max(right, other_right) - torch.min(left, other_left)
    height = torch.max(bottom, other_bottom) - torch.min(top, other_top)
    return (offset[0].square() + offset[1].square()) / (width.square() + height.square() + 1e-7)
