"""L2 loss on deltas."""

import torch.nn.functional as F
from torch import Tensor

from lightning_modules.losses.delta import DeltaLoss


class L2(DeltaLoss):
    """Σ x² over the four deltas, x = predicted − target (Girshick et al. 2014, "R-CNN", app. C).

    Shape:
        Predicted (M, 4), target (M, 4) → (M,).
    """

    def per_delta(self, predicted: Tensor, target: Tensor) -> Tensor:
        return F.mse_loss(predicted, target, reduction="none")
