"""Complete IoU loss on boxes."""

import math
from typing import ClassVar, Literal

import torch
from torch import Tensor

from lightning_modules.losses.box import BoxLoss
from lightning_modules.losses.iou import paired_iou
from lightning_modules.losses.precision import at_least_float32


class CIoU(BoxLoss):
    """DIoU + α v: the aspect ratio counts as well (Zheng et al. 2020, eq. 8 to 11).

    v = 4/π² (arctan w'/h' − arctan w/h)², and α = v/(1 − IoU + v) is held constant in the gradient.

    Shape:
        Predicted (M, 4), target (M, 4) → (M,).
    """

    on: ClassVar[Literal["deltas", "boxes"]] = "boxes"

    def forward(self, predicted: Tensor, target: Tensor) -> Tensor:
        predicted, target = at_least_float32(predicted), at_least_float32(target)
        iou = paired_iou(predicted, target)
        v = 4 / math.pi**2 * (aspect(target) - aspect(predicted)).square()
        alpha = (v / (1 - iou + v + 1e-7)).detach()
        return 1 - iou + centre_distance(predicted, target) + alpha * v


def centre_distance(boxes: Tensor, others: Tensor) -> Tensor:
    """ρ²/c² of each box and its partner, (M, 4), (M, 4) → (M,)."""
    (low, high), (other_low, other_high) = boxes.chunk(2, dim=1), others.chunk(2, dim=1)
    offset = (low + high - other_low - other_high) / 2
    diagonal = torch.max(high, other_high) - torch.min(low, other_low)
    return offset.square().sum(1) / (diagonal.square().sum(1) + 1e-7)


def aspect(boxes: Tensor) -> Tensor:
    """Angle arctan w/h of each box, (M, 4) → (M,); atan2, as torchvision's atan(w / h) is NaN where h is 0."""
    low, high = boxes.chunk(2, dim=1)
    return torch.atan2(*(high - low).unbind(1))
