"""L1 loss on deltas."""

from torch import Tensor

from lightning_modules.losses.delta import DeltaLoss


class L1(DeltaLoss):
    """Σ |x| over the four deltas, x = predicted − target.

    Shape:
        Predicted (M, 4), target (M, 4) → (M,).
    """

    def of_error(self, error: Tensor) -> Tensor:
        return error.abs()
