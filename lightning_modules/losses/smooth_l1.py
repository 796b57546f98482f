"""Smooth L1 loss on deltas."""

import math

import torch.nn.functional as F
from torch import Tensor

from lightning_modules.losses.delta import DeltaLoss


class SmoothL1(DeltaLoss):
    """Σ 0.5 x²/β where |x| < β, |x| − 0.5 β elsewhere (Girshick 2015, "Fast R-CNN", eq. 3, there β = 1).

    Args:
        beta: Error β where the parabola becomes a line; towards 0 it is L1.

    Shape:
        Predicted (M, 4), target (M, 4) → (M,), a sum over the four deltas.

    Raises:
        ValueError: If β is not positive.
    """

    def __init__(self, beta: float = 1.0) -> None:
        super().__init__()
        if not 0 < beta < math.inf:
            raise ValueError(f"SmoothL1: beta must be positive and finite (L1 is the limit at 0), got {beta}")
        self.beta = beta

    def per_delta(self, predicted: Tensor, target: Tensor) -> Tensor:
        return F.smooth_l1_loss(predicted, target, reduction="none", beta=self.beta)
