"""Base classes of the losses on classes."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from lightning_modules.layers import check_weight, mean_over_ranks
from lightning_modules.losses.class_weights import ClassWeights


class PixelLoss(nn.Module, ABC):
    """A loss on a map of logits: any of them fits a segmentation module.

    In training over several processes it is the loss of their batches together where that is a quotient of sums (means,
    Tversky), as `layers.mean_over_ranks` says; what sorts or picks elements (Lovász, OHEM's share) does so by process.

    Args:
        ignore_index: Label of pixels that do not count; their gradient is exactly 0.

    Shape:
        Logits (N, C, H, W), labels (N, H, W) in 0 … C−1 or `ignore_index` → a scalar, 0 if no pixel counts.
    """

    def __init__(self, ignore_index: int = 255) -> None:
        super().__init__()
        self.ignore_index = ignore_index

    @property
    def needs_class_counts(self) -> bool:
        """Whether `set_class_counts` must be called before training."""
        return False

    def set_class_counts(self, counts: Tensor) -> None:
        """Take the number of elements of each class in the training data, (C,); most losses have no use for it."""

    def check(self, num_classes: int) -> None:
        """Refuse, before any training, arguments that do not fit the data.

        Args:
            num_classes: Number of labels: classes, and in detection the background too.

        Raises:
            ValueError: If `ignore_index` is one of the labels.
        """
        if 0 <= self.ignore_index < num_classes:
            raise ValueError(
                f"{type(self).__name__}: ignore_index must lie outside the labels 0 … {num_classes - 1}, "
                f"got {self.ignore_index}"
            )

    @abstractmethod
    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        raise NotImplementedError

    def mixed(self, logits: Tensor, target: Tensor, share: float | None = None) -> Tensor:
        """λ · loss(logits, y_i) + (1 − λ) · loss(logits, y_j), for images that `MixUp` mixed with the one before.

        The form of the authors' code (Zhang et al. 2018): for cross-entropy it is the loss on mixed one-hot targets,
        and it holds for losses that know labels only. What a label ignores is ignored in its own term.

        Args:
            logits: (N, C, …).
            target: Labels of the images themselves, (N, …); those of their partners are `target.roll(1, 0)`.
            share: λ, the share of an image's own labels, 1 in a batch left alone; None where no batch is ever mixed.
                Either all processes that train together give a number or none does: they sum over both terms together.
        """
        own: Tensor = self(logits, target)
        return own if share is None else share * own + (1 - share) * self(logits, target.roll(1, 0))


class ClassificationLoss(PixelLoss):
    """A pixel loss that is a mean over elements, so that it fits detection too; a subclass gives `per_element`.

    Args:
        class_weights: A weight a class, or a rule that computes them from the class counts; the mean is then
            weighted, as torch's cross-entropy does it.
        ignore_index: Label of elements that do not count.

    Shape:
        Logits (N, C, …), labels (N, …) → a scalar.

    Raises:
        ValueError: If a class weight is negative, or all are 0.
    """

    background_logit: ClassVar[bool] = True
    """How background is represented: by a logit of its own (softmax), or by no class at all (sigmoid, label C)."""

    class_weights: Tensor | None

    def __init__(self, class_weights: Sequence[float] | ClassWeights | None = None, ignore_index: int = 255) -> None:
        super().__init__(ignore_index)
        self.weighting = class_weights if isinstance(class_weights, ClassWeights) else None
        # Empty until the counts are known: a loss that was never told them cannot be used by mistake.
        given = [] if isinstance(class_weights, ClassWeights) else class_weights
        for weight in given or []:
            check_weight(self, class_weights=weight)
        if given and not any(given):
            raise ValueError(f"{type(self).__name__}: class_weights must not all be 0, got {list(given)}")
        weights = None if given is None else torch.tensor(given, dtype=torch.float32)
        self.register_buffer("class_weights", weights, persistent=False)

    @property
    def needs_class_counts(self) -> bool:
        return self.weighting is not None

    def set_class_counts(self, counts: Tensor) -> None:
        if self.weighting is not None:
            self.class_weights = self.weighting(counts)

    def check(self, num_classes: int) -> None:
        """As `PixelLoss.check`; class weights must be `num_classes` many."""
        super().check(num_classes)
        if self.class_weights is not None and self.weighting is None and len(self.class_weights) != num_classes:
            raise ValueError(
                f"{type(self).__name__}: class_weights must be {num_classes}, one a class, "
                f"got {len(self.class_weights)}"
            )

    @abstractmethod
    def per_element(self, logits: Tensor, target: Tensor) -> Tensor:
        """Weighted loss of every element, 0 where it is ignored; (N, C, …), (N, …) → (N, …)."""
        raise NotImplementedError

    def weights_of(self, target: Tensor) -> Tensor:
        """Weight of every element: that of its class, 0 where it is ignored; (N, …) → (N, …)."""
        counted = target != self.ignore_index
        if self.class_weights is None:
            return counted.float()
        return self.class_weights[target.where(counted, 0)] * counted

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        return self.mean(self.per_element(logits, target), target)

    def mean(self, losses: Tensor, target: Tensor) -> Tensor:
        """Mean of weighted losses over the weights of their labels, see `layers.mean_over_ranks`."""
        return mean_over_ranks(self, losses.sum(), self.weights_of(target).sum())
