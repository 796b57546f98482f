"""Distance IoU loss on boxes."""

from typing import ClassVar, Literal

from torch import Tensor
from torchvision.ops import distance_box_iou_loss

from lightning_modules.losses.box import BoxLoss


class DIoU(BoxLoss):
    """1 − IoU + ρ²/c², ρ between the centres, c the diagonal of the box around both (Zheng et al. 2020, eq. 7).

    Shape:
        Predicted (M, 4), target (M, 4) → (M,), in 0 … 2.
    """

    on: ClassVar[Literal["deltas", "boxes"]] = "boxes"

    def forward(self, predicted: Tensor, target: Tensor) -> Tensor:
        return distance_box_iou_loss(predicted, target)
