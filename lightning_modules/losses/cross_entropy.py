"""Cross-entropy."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from lightning_modules.losses.base import ClassificationLoss
from lightning_modules.losses.class_weights import ClassWeights
from lightning_modules.losses.precision import at_least_float32


class CrossEntropy(ClassificationLoss):
    """Softmax cross-entropy, −log p of the true class.

    Args:
        class_weights: A weight a class, or a rule that computes them from the class counts.
        label_smoothing: Share of the target that is spread over all classes (Szegedy et al. 2016, sec. 7).
        ignore_index: Label of elements that do not count.

    Shape:
        Logits (N, C, …), labels (N, …) → a scalar.

    Raises:
        ValueError: If the smoothing is outside [0, 1) or a class weight is negative.
    """

    def __init__(
        self,
        class_weights: Sequence[float] | ClassWeights | None = None,
        label_smoothing: float = 0.0,
        ignore_index: int = 255,
    ) -> None:
        super().__init__(class_weights, ignore_index)
        if not 0 <= label_smoothing < 1:
            raise ValueError(f"CrossEntropy: label_smoothing must lie in [0, 1), got {label_smoothing}")
        self.label_smoothing = label_smoothing

    def per_element(self, logits: Tensor, target: Tensor) -> Tensor:
        logits = at_least_float32(logits)
        weights = None if self.class_weights is None else self.class_weights.to(logits)
        # Not reduced by torch: its CUDA sum over a map is not deterministic.
        return F.cross_entropy(
            logits,
            target,
            weights,
            ignore_index=self.ignore_index,
            reduction="none",
            label_smoothing=self.label_smoothing,
        )
