"""An effect and its uncertainty, as verdicts see them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.judge.pairs import Floats, Pairs
from experiments.judge.spread import half_pooled


@dataclass(frozen=True)
class Estimate:
    """An effect; NaN where nothing can be estimated.

    Args:
        effect: The estimate itself, more is better.
        se: Its standard error.
        df: Degrees of freedom of the standard error.
        variance: Half-pooled variance of one paired difference y − b · y₀.
        noisier: Whether the arm's spread is above the others', so that it was judged by its own alone.
        slope: b; 1 is the paired t.
    """

    effect: float
    se: float
    df: float
    variance: float
    noisier: bool
    slope: float = 1.0


@dataclass(frozen=True, eq=False)
class Bank:
    """More runs of the baseline than the tricks have.

    Args:
        scores: Of all of its seeds, those that are paired included; turned so that more is better.
        slope: Of the arms on the baseline, see `pooled_slope`.
    """

    scores: Floats
    slope: float


def pooled_slope(arms: Sequence[Pairs]) -> float:
    """The slope b of the arms on the baseline, each arm weighted by its own spread, in [0, 1]; 1 if none varies.

    b = Σ_j (S_j0 / s²(y_j)) ⁄ Σ_j (S_00,j / s²(y_j)), each over the arm's own seeds. It says how much of the baseline's
    seed noise an arm shares; what is not shared, more seeds of the baseline alone average out.
    """
    spreads = [(pairs, pairs.arm.var(ddof=1)) for pairs in arms if pairs.k > 1 and not pairs.arm_failed]
    steady = [(pairs, spread) for pairs, spread in spreads if spread > 0]
    above = math.fsum(_products(pairs.arm, pairs.baseline) / spread for pairs, spread in steady)
    below = math.fsum(_products(pairs.baseline, pairs.baseline) / spread for pairs, spread in steady)
    return min(max(above / below, 0.0), 1.0) if below > 0 else 1.0


def paired(own: Pairs, others: Sequence[Pairs]) -> Estimate:
    """The mean paired difference, with the half-pooled variance."""
    variance, df, noisier = half_pooled(own, others) if own.estimable else (math.nan, 0, False)
    se = math.sqrt(variance / own.k) if variance > 0 else math.nan
    return Estimate(own.mean(), se, df, variance, noisier)


def banked(own: Pairs, others: Sequence[Pairs], bank: Bank) -> Estimate:
    """The effect against all of the baseline's runs; `own` and `others` are sloped by b, see `Pairs.sloped`.

    It is mean(y) − b · mean(y₀ on the same seeds) − (1 − b) · mean(y₀ on all). The variance is v/K + (1 − b)² ·
    s²(y₀)/n, its degrees of freedom by Satterthwaite over the two terms.
    """
    b, n = bank.slope, len(bank.scores)
    shared = paired(own, others)
    effect = shared.effect - (1 - b) * float(bank.scores.mean())
    terms = (shared.se**2, shared.df), ((1 - b) ** 2 * float(bank.scores.var(ddof=1)) / n, n - 1)
    square = math.fsum(term for term, _ in terms)
    df = square**2 / math.fsum(term**2 / freedom for term, freedom in terms) if square > 0 else math.nan
    return Estimate(effect, math.sqrt(square), df, shared.variance, shared.noisier, b)


def _products(one: Floats, other: Floats) -> float:
    return float(((one - one.mean()) * (other - other.mean())).sum())
