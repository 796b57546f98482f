"""Focal loss over a softmax."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from lightning_modules.layers import check_weight
from lightning_modules.losses.base import ClassificationLoss
from lightning_modules.losses.class_weights import ClassWeights
from lightning_modules.losses.precision import at_least_float32


class Focal(ClassificationLoss):
    """FL(p) = −(1 − p)^γ log p of the true class (Lin et al. 2017, "Focal Loss", eq. 4), over a softmax.

    Computed from log-probabilities, so that value and gradient are finite for any finite logits.

    Args:
        gamma: Focusing parameter γ; 0 is cross-entropy.
        class_weights: A weight a class (the paper's α, one for each class), or a rule that computes them.
        ignore_index: Label of elements that do not count.

    Shape:
        Logits (N, C, …), labels (N, …) → a scalar.

    Raises:
        ValueError: If γ or a class weight is negative.
    """

    def __init__(
        self,
        gamma: float = 2.0,
        class_weights: Sequence[float] | ClassWeights | None = None,
        ignore_index: int = 255,
    ) -> None:
        super().__init__(class_weights, ignore_index)
        check_weight(self, gamma=gamma)
        self.gamma = gamma

    def per_element(self, logits: Tensor, target: Tensor) -> Tensor:
        logits = at_least_float32(logits)
        cross_entropy = F.cross_entropy(logits, target, ignore_index=self.ignore_index, reduction="none")
        # −expm1(log p) is 1 − p with the digits that log p has; the floor keeps the slope of x^γ, γ < 1, finite at 0.
        miss = -torch.expm1(-cross_entropy)
        loss = miss.clamp(min=torch.finfo(miss.dtype).tiny) ** self.gamma * cross_entropy
        return loss * self.weights_of(target)
