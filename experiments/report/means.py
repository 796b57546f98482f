"""A mean over seeds with its plain interval."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import special


@dataclass(frozen=True)
class Mean:
    """A mean over seeds with its plain 95 % interval; NaN where there is none."""

    value: float
    low: float = math.nan
    high: float = math.nan

    @property
    def clear(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


def mean(values: Iterable[float]) -> Mean:
    """The mean of those values that are finite, with the interval of a t over them."""
    known = np.array([value for value in values if math.isfinite(value)])
    if not known.size:
        return Mean(math.nan)
    middle = float(known.mean())
    if known.size == 1:
        return Mean(middle)
    half = float(special.stdtrit(known.size - 1, 0.975) * known.std(ddof=1) / math.sqrt(known.size))
    return Mean(middle, middle - half, middle + half)
