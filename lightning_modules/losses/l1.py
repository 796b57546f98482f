"""L1 loss on deltas."""

import torch.nn.functional as F
from torch import Tensor

from lightning_modules.losses.delta import DeltaLoss


class L1(DeltaLoss):
    """Σ |x| over the four deltas, x = predicted − target.

    Shape:
        Predicted (M, 4), target (M, 4) → (M,).
    """

    def per_delta(self, predicted: Tensor, target: Tensor) -> Tensor:
        return F.l1_loss(predicted, target, reduction="none")
