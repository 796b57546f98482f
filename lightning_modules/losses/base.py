"""What every loss is."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class PixelLoss(nn.Module):
    """A loss on a map of logits: any of them fits a segmentation module.

    Args:
        ignore_index: Label of pixels that do not count.

    Shape:
        Logits (N, C, H, W), labels (N, H, W) in 0 … C−1 or `ignore_index` → a scalar.
    """

    def __init__(self, ignore_index: int = 255) -> None:
        super().__init__()
        self.ignore_index = ignore_index

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        raise NotImplementedError


class ClassificationLoss(PixelLoss):
    """A pixel loss that is a mean over elements, each a softmax over classes: it fits detection too.

    A subclass gives `per_element`.

    Args:
        class_weights: A weight a class; the mean is then weighted, as torch's cross-entropy does it.
        ignore_index: Label of elements that do not count.

    Shape:
        Logits (N, C, …), labels (N, …) → a scalar.

    Raises:
        ValueError: If a class weight is negative.
    """

    class_weights: Tensor | None

    def __init__(self, class_weights: Sequence[float] | None = None, ignore_index: int = 255) -> None:
        super().__init__(ignore_index)
        if class_weights is not None and min(class_weights, default=0) < 0:
            raise ValueError(
                f"{type(self).__name__}: class_weights must not be negative, got {min(class_weights)}"
            )
        weights = None if class_weights is None else torch.tensor(class_weights, dtype=torch.float32)
        self.register_buffer("class_weights", weights, persistent=False)

    def per_element(self, logits: Tensor, target: Tensor) -> Tensor:
        """Weighted loss of every element, 0 where it is ignored; (N, C, …), (N, …) → (N, …)."""
        raise NotImplementedError

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        total = self.per_element(logits, target).sum()
        counted = target[target != self.ignore_index]
        weight = counted.numel() if self.class_weights is None else self.class_weights[counted].sum()
        # A batch without a single labelled pixel has no loss, not 0/0.
        return total / weight if counted.numel() else total
