"""Huber loss on deltas."""

import torch.nn.functional as F
from torch import Tensor

from lightning_modules.layers import check_scale
from lightning_modules.losses.delta import DeltaLoss


class Huber(DeltaLoss):
    """Σ 0.5 x² where |x| < δ, δ (|x| − 0.5 δ) elsewhere (Huber 1964): δ times smooth L1 at β = δ.

    Args:
        delta: Error δ where the parabola becomes a line, and the largest slope.

    Shape:
        Predicted (M, 4), target (M, 4) → (M,), a sum over the four deltas.

    Raises:
        ValueError: If δ is not positive.
    """

    def __init__(self, delta: float = 1.0) -> None:
        super().__init__()
        check_scale(self, delta=delta)
        self.delta = delta

    def per_delta(self, predicted: Tensor, target: Tensor) -> Tensor:
        return F.huber_loss(predicted, target, reduction="none", delta=self.delta)
