"""How learning curves end: whether they are flat over the last fifth of a training."""

import math
import statistics
from collections.abc import Sequence

from scipy import special

from experiments.run.outcome import Curve

LATE = 0.2  # of a training, in which its curve has to be flat


def late_change(curve: Curve, metric: str) -> float:
    """By how much a metric changes over the last fifth of a training's steps, by a line of least squares through it."""
    end = curve[-1]["step"]
    late = [(row["step"] / end, row[metric]) for row in curve if row["step"] >= (1 - LATE) * end]
    finite = [(step, value) for step, value in late if math.isfinite(value)]
    return LATE * statistics.linear_regression(*zip(*finite, strict=True)).slope if len(finite) > 1 else math.nan


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """The mean over seeds and its 95 % t-interval; bounds are NaN for a single seed."""
    mean = math.fsum(values) / len(values)
    if len(values) < 2:
        return mean, math.nan, math.nan
    half = float(special.stdtrit(len(values) - 1, 0.975)) * statistics.stdev(values) / math.sqrt(len(values))
    return mean, mean - half, mean + half


def course(low: float, high: float, sesoi: float) -> str:
    """What an interval of the late change says of a curve: flat is less than the smallest effect that matters."""
    if -sesoi < low and high < sesoi:
        return "flat"
    return "rising" if low > 0 else "falling" if high < 0 else "not shown to be flat"
