"""Exponential moving average of the weights."""

import torch
from torch import Tensor

from lightning_modules.callbacks.weight_average import WeightAverage


class EMA(WeightAverage):
    """Validate with an exponential moving average of the weights (Tarvainen & Valpola 2017, "Mean Teacher", eq. 1).

    The decay starts low and grows to its value, min(decay, (1 + n) / (10 + n)) at update n, as in TensorFlow's
    `ExponentialMovingAverage`: a short run is not dominated by its first weights.

    Args:
        decay: Share of the average that stays at each optimizer step.
        batches: Training batches that BatchNorm's statistics are measured on, see `WeightAverage`.

    Raises:
        ValueError: If the decay lies outside [0, 1), or there are no batches.
    """

    def __init__(self, decay: float = 0.999, batches: int = 64) -> None:
        super().__init__(batches)
        if not 0 <= decay < 1:
            raise ValueError(f"EMA: decay must lie in [0, 1), got {decay}")
        self.decay = decay

    def average(self, averaged: list[Tensor], current: list[Tensor], updates: int) -> None:
        decay = min(self.decay, (1 + updates) / (10 + updates))
        torch._foreach_lerp_(averaged, current, 1 - decay)
