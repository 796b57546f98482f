"""Class weights that are computed from the data."""

import math

import torch
from torch import Tensor

from lightning_modules.layers import check_weight


class ClassWeights:
    """A rule from the number of elements of each class to its weight; a subclass gives `rule`.

    Weights are scaled to a mean of 1 over the classes that occur (Cui et al. 2019 scale them to a sum of C), so
    that a re-weighted loss keeps its size; a class that never occurs weighs 0.

    Shape:
        Counts (C,) → weights (C,).
    """

    def __call__(self, counts: Tensor) -> Tensor:
        if counts.min() < 0 or not counts.any():
            raise ValueError(f"{type(self).__name__}: class counts must be positive, got {counts.tolist()}")
        weights = self.rule(counts.clamp(min=1).float()).where(counts > 0, 0)
        return weights * (counts > 0).sum() / weights.sum()

    def rule(self, counts: Tensor) -> Tensor:
        """Unscaled weights of classes with these counts, each at least 1."""
        raise NotImplementedError


class InverseFrequency(ClassWeights):
    """w ∝ n^−p: 1 is inverse frequency, ½ its square root, 0 no weighting.

    Args:
        power: The exponent p.

    Raises:
        ValueError: If the power is negative.
    """

    def __init__(self, power: float = 1.0) -> None:
        check_weight(self, power=power)
        self.power = power

    def rule(self, counts: Tensor) -> Tensor:
        return counts**-self.power


class EffectiveNumber(ClassWeights):
    """w ∝ (1 − β)/(1 − β^n) (Cui et al. 2019, "Class-Balanced Loss Based on Effective Number of Samples").

    Classes with far more than 1/(1 − β) elements weigh alike: where pixels are counted, β has to be closer to
    1 than the paper's 0.9 … 0.9999, which were chosen for images.

    Args:
        beta: The paper's β; towards 0 no weighting, towards 1 inverse frequency.

    Raises:
        ValueError: If β is outside (0, 1).
    """

    def __init__(self, beta: float = 0.999) -> None:
        if not 0 < beta < 1:
            raise ValueError(f"EffectiveNumber: beta must lie in (0, 1), got {beta}")
        self.beta = beta

    def rule(self, counts: Tensor) -> Tensor:
        # expm1 keeps the digits of 1 − β^n for β close to 1.
        return (1 - self.beta) / -torch.expm1(counts * math.log(self.beta))
