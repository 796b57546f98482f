"""Generalized IoU loss on boxes."""

from typing import ClassVar, Literal

from torch import Tensor
from torchvision.ops import generalized_box_iou_loss

from lightning_modules.losses.box import BoxLoss


class GIoU(BoxLoss):
    """1 − IoU + |C ∖ (A ∪ B)|/|C|, C the smallest box around both (Rezatofighi et al. 2019, alg. 1 and 2).

    Shape:
        Predicted (M, 4), target (M, 4) → (M,), in 0 … 2.
    """

    on: ClassVar[Literal["deltas", "boxes"]] = "boxes"

    def forward(self, predicted: Tensor, target: Tensor) -> Tensor:
        return generalized_box_iou_loss(predicted, target)
