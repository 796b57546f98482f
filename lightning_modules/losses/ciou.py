"""Complete IoU loss on boxes."""

import math
from typing import ClassVar, Literal

import torch
from torch import Tensor

from lightning_modules.losses.box import BoxLoss
from lightning_modules.losses.diou import centre_distance
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


def aspect(boxes: Tensor) -> Tensor:
    """Angle arctan w/h of each box, (M, 4) → (M,); atan2, as torchvision's atan(w / h) is NaN where h is 0."""
    left, top, right, bottom = boxes.unbind(1)
    return torch.atan2(right - left, bottom - top)
