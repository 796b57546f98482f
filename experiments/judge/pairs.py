"""The runs of one arm beside the baseline's, seed by seed, and the spread of their differences."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CompleteCases:
    """Sensitivity to divergence: mean and plain 95 % interval over the pairs in which no run diverged."""

    k: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Pairs:
    """Paired runs, turned so that more is better; a diverged run holds the failure value.

    Attributes:
        seeds: the arm's seeds, ascending.
        arm: the arm's scores.
        baseline: the baseline's scores.
        arm_diverged: which of the arm's runs diverged.
        baseline_diverged: which of the baseline's runs diverged.
        paired: whether the two runs of a pair share their seed; a placebo's do not.
    """

    seeds: tuple[int, ...]
    arm: Floats
    baseline: Floats
    arm_diverged: NDArray[np.bool_]
    baseline_diverged: NDArray[np.bool_]
    paired: bool = True

    @property
    def k(self) -> int:
        """Number of pairs."""
        return len(self.seeds)

    @cached_property
    def estimable(self) -> bool:
        """Whether there is a spread to estimate: two pairs, and not all of them failures."""
        return self.k >= 2 and not bool(np.all(self.arm_diverged & self.baseline_diverged))

    @cached_property
    def f(self) -> int:
        """Degrees of freedom of the variance."""
        return (self.k - 1) * (1 if self.paired else 2) if self.estimable else 0

    @cached_property
    def arm_failed(self) -> bool:
        """Whether any of the arm's runs diverged."""
        return bool(self.arm_diverged.any())

    @cached_property
    def baseline_failed(self) -> bool:
        """Whether any of the baseline's runs diverged."""
        return bool(self.baseline_diverged.any())

    @cached_property
    def differences(self) -> Floats:
        """Arm minus baseline."""
        return self.arm - self.baseline

    @cached_property
    def variance(self) -> float:
        """Variance of the differences; exactly 0 when they differ by rounding only, NaN below two pairs."""
        if self.k < 2:
            return math.nan
        rounding = 1e-12 * max(np.abs(self.arm).max(), np.abs(self.baseline).max())
        if np.ptp(self.differences) <= rounding:
            return 0.0
        if self.paired:
            return float(self.differences.var(ddof=1))
        return float(self.arm.var(ddof=1) + self.baseline.var(ddof=1))

    @property
    def unchanged(self) -> bool:
        """Whether every run of the arm ended exactly as the baseline's did."""
        return not self.differences.any() and np.array_equal(self.arm_diverged, self.baseline_diverged)

    def mean(self) -> float:
        """Mean difference, NaN without pairs."""
        return float(self.differences.mean()) if self.k else math.nan

    def plain(self) -> tuple[float, float, float]:
        """The plain t, paired unless the seeds differ: 95 % interval and two-sided p; NaN when nothing varies."""
        if not self.variance > 0:
            return math.nan, math.nan, math.nan
        mean, se, df = self.mean(), math.sqrt(self.variance / self.k), (self.k - 1) * (1 if self.paired else 2)
        half = -se * float(special.stdtrit(df, 0.025))
        return mean - half, mean + half, 2 * float(special.stdtr(df, -abs(mean) / se))

    def complete_cases(self) -> CompleteCases | None:
        """What the pairs say in which neither run diverged; None when that is all of them."""
        keep = ~(self.arm_diverged | self.baseline_diverged)
        if keep.all():
            return None
        kept = self._where(keep)
        low, high, _ = kept.plain()
        return CompleteCases(kept.k, kept.mean(), low, high)

    def until(self, seed: int) -> Pairs:
        """The pairs up to and including a seed."""
        return self._where(np.array(self.seeds) <= seed)

    def over(self, seeds: Collection[int]) -> Pairs:
        """The pairs of some seeds."""
        return self._where(np.array([seed in seeds for seed in self.seeds], dtype=np.bool_))

    def first(self, k: int) -> Pairs:
        """The first `k` pairs, or all where there are fewer."""
        return self if self.k <= k else self._where(np.arange(self.k) < k)

    def sloped(self, slope: float) -> Pairs:
        """The pairs with the baseline's scores times a slope, for differences y − b · y₀."""
        return self if slope == 1 else replace(self, baseline=slope * self.baseline)

    def _where(self, keep: NDArray[np.bool_]) -> Pairs:
        seeds = tuple(seed for seed, kept in zip(self.seeds, keep, strict=True) if kept)
        return Pairs(
            seeds,
            self.arm[keep],
            self.baseline[keep],
            self.arm_diverged[keep],
            self.baseline_diverged[keep],
            self.paired,
        )


def join(
    arm: Mapping[int, float],
    baseline: Mapping[int, float],
    higher_is_better: bool,
    failure_value: float,
    *,
    by_rank: bool = False,
) -> Pairs:
    """Pair an arm's runs with the baseline's.

    Args:
        arm: seed → metric; a value that is not finite is a diverged run.
        baseline: the same for the baseline.
        higher_is_better: direction of the metric.
        failure_value: what a diverged run scores, on the metric's own scale.
        by_rank: join the k-th smallest seed with the k-th smallest, for a placebo on seeds of its own. Such runs share
            nothing, so their spread is that of two independent samples (of one variance, as they are of one kind).
    """
    shared = arm.keys() & baseline.keys()
    seeds = list(zip(sorted(arm if by_rank else shared), sorted(baseline if by_rank else shared), strict=False))
    ours, ours_diverged = _scores([arm[seed] for seed, _ in seeds], higher_is_better, failure_value)
    theirs, theirs_diverged = _scores([baseline[seed] for _, seed in seeds], higher_is_better, failure_value)
    return Pairs(tuple(seed for seed, _ in seeds), ours, theirs, ours_diverged, theirs_diverged, paired=not by_rank)


def turned(runs: Mapping[int, float], higher_is_better: bool, failure_value: float) -> tuple[Floats, NDArray[np.bool_]]:
    """An arm's scores by seed, turned so that more is better, and which of them are failures."""
    return _scores([runs[seed] for seed in sorted(runs)], higher_is_better, failure_value)


def _scores(values: list[float], higher_is_better: bool, failure: float) -> tuple[Floats, NDArray[np.bool_]]:
    scores = np.array(values, dtype=np.float64)
    diverged = ~np.isfinite(scores)
    scores[diverged] = failure
    return (scores if higher_is_better else -scores), diverged
