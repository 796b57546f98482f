"""L1 loss on deltas."""

from typing import ClassVar, Literal

from torch import Tensor

from lightning_modules.losses.box import BoxLoss
from lightning_modules.losses.precision import at_least_float32


class L1(BoxLoss):
    """Σ |x| over the four deltas, x = predicted − target.

    Shape:
        Predicted (M, 4), target (M, 4) → (M,).
    """

    on: ClassVar[Literal["deltas", "boxes"]] = "deltas"

    def forward(self, predicted: Tensor, target: Tensor) -> Tensor:
        return (at_least_float32(predicted) - target).abs().sum(-1)
