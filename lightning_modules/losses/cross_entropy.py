"""Cross-entropy."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from lightning_modules.losses.base import ClassificationLoss


class CrossEntropy(ClassificationLoss):
    """Softmax cross-entropy, −log p of the true class.

    Args:
        class_weights: A weight a class.
        label_smoothing: Share of the target that is spread over all classes (Szegedy et al. 2016, sec. 7).
        ignore_index: Label of elements that do not count.

    Shape:
        Logits (N, C, …), labels (N, …) → a scalar.

    Raises:
        ValueError: If the smoothing is outside [0, 1) or a class weight is negative.
    """

    def __init__(
        self,
        class_weights: Sequence[float] | None = None,
        label_smoothing: float = 0.0,
        ignore_index: int = 255,
    ) -> None:
        super().__init__(class_weights, ignore_index)
        if not 0 <= label_smoothing < 1:
            raise ValueError(f"CrossEntropy: label_smoothing must lie in [0, 1), got {label_smoothing}")
        self.label_smoothing = label_smoothing

    def per_element(self, logits: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(
            logits,
            target,
            self.class_weights,
            ignore_index=self.ignore_index,
            reduction="none",
            label_smoothing=self.label_smoothing,
        )
