"""Balanced L1 loss on deltas."""

import math

from torch import Tensor

from lightning_modules.layers import check_scale
from lightning_modules.losses.delta import DeltaLoss


class BalancedL1(DeltaLoss):
    """Smooth L1 with more slope for small errors (Pang et al. 2019, "Libra R-CNN", eq. 6).

    α/b (b|x| + 1) ln(b|x| + 1) − α|x| where |x| < 1, else a line of slope γ; b from α ln(b + 1) = γ (eq. 7), so
    that the slopes meet.

    Args:
        alpha: Lower α gives small errors more slope.
        gamma: Largest slope γ.

    Shape:
        Predicted (M, 4), target (M, 4) → (M,), a sum over the four deltas.

    Raises:
        ValueError: If α or γ is not positive, or γ/α so large (over 80) that b overflows.
    """

    def __init__(self, alpha: float = 0.5, gamma: float = 1.5) -> None:
        super().__init__()
        check_scale(self, alpha=alpha, gamma=gamma)
        if gamma > 80 * alpha:
            raise ValueError(f"BalancedL1: gamma / alpha must be at most 80, got {gamma} / {alpha}")
        self.alpha, self.gamma = alpha, gamma
        self.b = math.expm1(gamma / alpha)

    def per_delta(self, predicted: Tensor, target: Tensor) -> Tensor:
        error = (predicted - target).abs()
        curved = error.clamp(max=1)
        rise = self.b * curved
        loss = self.alpha / self.b * (rise + 1) * rise.log1p() - self.alpha * curved
        return loss + self.gamma * (error - curved)
