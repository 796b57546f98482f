"""Online hard example mining."""

import math
from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from lightning_modules.losses.base import ClassificationLoss
from lightning_modules.losses.class_weights import ClassWeights
from lightning_modules.losses.precision import at_least_float32


class OHEM(ClassificationLoss):
    """Cross-entropy over the hard elements of a batch only (Shrivastava et al. 2016, sec. 4).

    In its form for pixels (Wu et al. 2016; BiSeNet, Yu et al. 2018): hard is whatever gives the true class a
    probability of at most `threshold`, and at any rate the hardest `min_kept`. Elements of equal loss are kept
    or left out together.

    Args:
        threshold: Probability of the true class up to which an element is hard; 0 keeps the hardest share alone.
        min_kept: Share of labelled elements that is kept at least (BiSeNet: 1/16).
        class_weights: A weight a class, or a rule that computes them; hardness does not depend on it.
        ignore_index: Label of elements that do not count.

    Shape:
        Logits (N, C, …), labels (N, …) → a scalar, the mean over the hard elements.

    Raises:
        ValueError: If the threshold is outside [0, 1], `min_kept` outside (0, 1] or a class weight negative.
    """

    def __init__(
        self,
        threshold: float = 0.7,
        min_kept: float = 1 / 16,
        class_weights: Sequence[float] | ClassWeights | None = None,
        ignore_index: int = 255,
    ) -> None:
        super().__init__(class_weights, ignore_index)
        if not 0 <= threshold <= 1:
            raise ValueError(f"OHEM: threshold must be a probability in [0, 1], got {threshold}")
        if not 0 < min_kept <= 1:
            raise ValueError(f"OHEM: min_kept must be a share of the elements in (0, 1], got {min_kept}")
        self.hard_loss = -math.log(threshold) if threshold > 0 else math.inf
        self.min_kept = min_kept

    def per_element(self, logits: Tensor, target: Tensor) -> Tensor:
        return self.mined(logits, target)[0]

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        return self.mean(*self.mined(logits, target))

    def mined(self, logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Weighted losses, and labels in which the easy elements are ignored."""
        logits = at_least_float32(logits)
        losses = F.cross_entropy(logits, target, ignore_index=self.ignore_index, reduction="none")
        hard = target.where(losses.detach() >= self.bound(losses.detach(), target), self.ignore_index)
        return losses * self.weights_of(hard), hard

    def bound(self, losses: Tensor, target: Tensor) -> Tensor | float:
        """Loss from which on an element is hard: the threshold's, or less if too few reach that."""
        labelled = losses[target != self.ignore_index]
        kept = math.ceil(self.min_kept * labelled.numel())
        if (labelled >= self.hard_loss).sum() >= kept:
            return self.hard_loss
        # topk, as kthvalue has no deterministic CUDA kernel.
        return labelled.topk(kept, sorted=False).values.min()
