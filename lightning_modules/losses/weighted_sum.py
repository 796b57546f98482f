"""A weighted sum of losses."""

from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from lightning_modules.layers import check_weight
from lightning_modules.losses.base import PixelLoss


class WeightedSum(PixelLoss):
    """Σ w_i · loss_i, as in cross-entropy + Dice.

    Args:
        losses: The losses, all with the same `ignore_index`, which becomes that of the sum.
        weights: A weight a loss.

    Shape:
        Logits (N, C, H, W), labels (N, H, W) → a scalar.

    Raises:
        ValueError: If there is no loss, the weights are not one a loss, one is negative or all are 0, or the
            losses ignore different labels.
    """

    def __init__(self, losses: Sequence[PixelLoss], weights: Sequence[float]) -> None:
        if not losses or len(losses) != len(weights):
            raise ValueError(
                f"WeightedSum: needs a weight for each of one or more losses, got {len(losses)} losses and "
                f"{len(weights)} weights"
            )
        for weight in weights:
            check_weight(self, weights=weight)
        if not any(weights):
            raise ValueError(f"WeightedSum: weights must not all be 0, got {list(weights)}")
        ignored = [loss.ignore_index for loss in losses]
        if len(set(ignored)) > 1:
            raise ValueError(f"WeightedSum: losses must agree on ignore_index, got {ignored}")
        super().__init__(ignored[0])
        self.losses = cast(Iterable[PixelLoss], nn.ModuleList(losses))
        self.weights = tuple(weights)

    @property
    def needs_class_counts(self) -> bool:
        return any(loss.needs_class_counts for loss in self.losses)

    def set_class_counts(self, counts: Tensor) -> None:
        for loss in self.losses:
            loss.set_class_counts(counts)

    def check(self, num_classes: int) -> None:
        for loss in self.losses:
            loss.check(num_classes)

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        terms = [weight * loss(logits, target) for weight, loss in zip(self.weights, self.losses, strict=True)]
        return torch.stack(terms).sum()
