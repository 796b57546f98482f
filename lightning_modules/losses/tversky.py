"""Tversky loss."""

import torch
from torch import Tensor

from lightning_modules.layers import check_weight, is_shared, sum_over_ranks
from lightning_modules.losses.base import PixelLoss
from lightning_modules.losses.precision import at_least_float32


class Tversky(PixelLoss):
    """1 − TP/(TP + α FP + β FN), on soft counts, averaged over classes (Salehi et al. 2017, eq. 2).

    Counts run over the whole batch, of all processes that train together. The mean is over the classes that occur in
    it: for the others the index is undefined without smoothing, and softmax already takes what they claim from the true
    classes.

    Args:
        alpha: Price α of a false positive.
        beta: Price β of a false negative; above α it favours recall.
        smooth: Pixels added to numerator and denominator, so that tiny regions weigh less.
        ignore_index: Label of pixels that do not count.

    Shape:
        Logits (N, C, H, W), labels (N, H, W) → a scalar.

    Raises:
        ValueError: If α, β or `smooth` is negative, or α and β are both 0.
    """

    def __init__(self, alpha: float = 0.3, beta: float = 0.7, smooth: float = 1.0, ignore_index: int = 255) -> None:
        super().__init__(ignore_index)
        check_weight(self, alpha=alpha, beta=beta, smooth=smooth)
        if alpha == beta == 0:
            raise ValueError(f"{type(self).__name__}: alpha and beta must not both be 0")
        self.alpha, self.beta, self.smooth = alpha, beta, smooth

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        counts = torch.stack(self.soft_counts(at_least_float32(logits).softmax(1), target))
        hits, claimed, area = sum_over_ranks(counts) if is_shared(self) else counts
        misses = self.alpha * (claimed - hits) + self.beta * (area - hits)
        index = (hits + self.smooth) / (hits + misses + self.smooth).clamp(min=1e-7)
        present = area > 0
        return ((1 - index) * present).sum() / present.sum().clamp(min=1)

    def soft_counts(self, probabilities: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of each class: its probability on its own pixels, on all pixels, and its number of pixels."""
        counted = target != self.ignore_index
        label = target.where(counted, 0)
        weight = counted.to(probabilities)
        # One bin a class and image row: no one-hot, and short sums that lose no digits.
        bins = weight.new_zeros(*target.shape[:-1], probabilities.shape[1])
        true = probabilities.gather(1, label.unsqueeze(1)).squeeze(1) * weight
        hits = bins.scatter_add(-1, label, true).flatten(0, -2).sum(0)
        area = bins.scatter_add(-1, label, weight).flatten(0, -2).sum(0)
        return hits, (probabilities * weight.unsqueeze(1)).flatten(2).sum((0, 2)), area
