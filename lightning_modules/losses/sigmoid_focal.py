"""Focal loss over sigmoids."""

from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from lightning_modules.layers import check_weight
from lightning_modules.losses.base import ClassificationLoss
from lightning_modules.losses.precision import at_least_float32


class SigmoidFocal(ClassificationLoss):
    """FL(p_t) = −α_t (1 − p_t)^γ log p_t, one sigmoid a class, summed over classes (Lin et al. 2017, eq. 5).

    Each class is a yes or no of its own, so background needs no logit: it is the label C, where all say no.

    Args:
        alpha: Weight α of the yes; that of a no is 1 − α.
        gamma: Focusing parameter γ; 0 is α-balanced binary cross-entropy.
        ignore_index: Label of elements that do not count.

    Shape:
        Logits (N, C, …), labels (N, …) in 0 … C (background) or `ignore_index` → a scalar.

    Raises:
        ValueError: If α is outside [0, 1] or γ is negative.
    """

    background_logit: ClassVar[bool] = False

    def __init__(self, alpha: float = 0.25, gamma: float = 2.0, ignore_index: int = 255) -> None:
        super().__init__(ignore_index=ignore_index)
        if not 0 <= alpha <= 1:
            raise ValueError(f"SigmoidFocal: alpha must lie in [0, 1], got {alpha}")
        check_weight(self, gamma=gamma)
        self.alpha = alpha
        self.gamma = gamma

    def per_element(self, logits: Tensor, target: Tensor) -> Tensor:
        logits = at_least_float32(logits)
        counted = target != self.ignore_index
        yes = (counted & (target != logits.shape[1])).unsqueeze(1)
        label = target.unsqueeze(1).where(yes, 0)
        # A yes at x costs what a no costs at −x: turn the sign of the true class instead of building a one-hot.
        true = logits.gather(1, label)
        losses = self.of_no(logits.scatter(1, label, torch.where(yes, -true, true)))
        loss = (1 - self.alpha) * losses.sum(1) + (2 * self.alpha - 1) * (losses.gather(1, label) * yes).squeeze(1)
        return loss * counted

    def of_no(self, logits: Tensor) -> Tensor:
        """Unweighted loss where the answer is no: p^γ · −log(1 − p), of logs, so that it is finite throughout."""
        cross_entropy = F.softplus(logits)
        return torch.exp(self.gamma * (logits - cross_entropy)) * cross_entropy
