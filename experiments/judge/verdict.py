"""One verdict: from an estimate and a level to intervals, probabilities and one word."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

from experiments.judge.alphas import Alphas
from experiments.judge.estimate import Estimate
from experiments.judge.pairs import CompleteCases, Pairs
from experiments.judge.power import more_seeds
from experiments.judge.rule import Interval, Word, word
from experiments.judge.sequence import t_sequence


@dataclass(frozen=True)
class Verdict:
    """One trick against the baseline, turned so that more is better; NaN where there is no such number."""

    arm: str
    k: int  # pairs: seeds that both the trick and the baseline ran
    mean: float  # of the paired differences
    sd: float
    plain_low: float  # plain paired t, 95 %
    plain_high: float
    plain_p: float
    effect: float  # what the verdict is about: the mean, or in a race the estimate with the baseline's further runs
    se: float  # of the effect
    slope: float  # of the arms on the baseline; 1 is the paired t
    low: float  # verdict interval: half-pooled t at `alpha`; at an unregistered look a t-sequence, with no bounds below
    high: float
    p: float  # of the half-pooled t, two-sided, not corrected: compare it with `alpha`
    df: float
    variance: float  # half-pooled, of one paired difference
    alpha: float  # two-sided, corrected over tricks and looks
    equivalence_low: float  # half-pooled t, each one-sided at `equivalence_alpha`
    equivalence_high: float
    equivalence_alpha: float  # corrected over looks, not over tricks
    verdict: Word
    p_above: float  # P(effect > SESOI), from the half-pooled t
    p_inside: float
    p_below: float  # P(effect < −SESOI)
    noisier: bool  # its spread is above the other tricks', so it was judged by its own alone
    diverged: int  # among the pairs
    baseline_diverged: int
    more_seeds: int | None  # would about settle an undecided trick
    complete: CompleteCases | None  # when a run diverged
    differences: tuple[tuple[int, float], ...]  # (seed, difference), by seed
    next_look: int | None = None  # registered seeds that it does not have yet
    placebo: bool = False


def intervals(estimate: Estimate, alpha: float, equivalence_alpha: float) -> tuple[Interval, Interval]:
    """The verdict interval, two-sided at `alpha`, and the equivalence bounds, each one-sided."""
    wide, narrow = (
        -estimate.se * float(special.stdtrit(estimate.df, level)) for level in (alpha / 2, equivalence_alpha)
    )
    at = estimate.effect
    return (at - wide, at + wide), (at - narrow, at + narrow)


def judge_arm(
    arm: str, pairs: Pairs, estimate: Estimate, alphas: Alphas, sesoi: float, found: int = 0, placebo: bool = False
) -> Verdict:
    """Judge an arm.

    Args:
        arm: Its name.
        pairs: Its runs beside the baseline's.
        estimate: Its effect.
        alphas: Levels of the study.
        sesoi: Smallest effect of interest.
        found: Tricks whose share of the 5 % was recycled, see `Alphas`.
        placebo: Whether it is the baseline again.
    """
    k, alpha, registered = pairs.k, alphas.verdict(pairs.k, found), alphas.registered(pairs.k)
    interval, bounds = intervals(estimate, alpha, alphas.equivalence)
    if not registered:
        interval, bounds = t_sequence(pairs, alpha), (math.nan, math.nan)
    said = word(pairs, registered, interval, bounds, sesoi)
    plain_low, plain_high, plain_p = pairs.plain()
    effect, se, df = estimate.effect, estimate.se, estimate.df
    return Verdict(
        arm=arm,
        k=k,
        mean=pairs.mean(),
        sd=math.sqrt(pairs.variance),
        plain_low=plain_low,
        plain_high=plain_high,
        plain_p=plain_p,
        effect=effect,
        se=se,
        slope=estimate.slope,
        low=interval[0],
        high=interval[1],
        p=2 * float(special.stdtr(df, -abs(effect) / se)),
        df=df,
        variance=estimate.variance,
        alpha=alpha,
        equivalence_low=bounds[0],
        equivalence_high=bounds[1],
        equivalence_alpha=alphas.equivalence,
        verdict=said,
        p_above=float(special.stdtr(df, (effect - sesoi) / se)),
        p_inside=float(special.stdtr(df, (sesoi - effect) / se) - special.stdtr(df, (-sesoi - effect) / se)),
        p_below=float(special.stdtr(df, (-sesoi - effect) / se)),
        noisier=estimate.noisier,
        diverged=int(pairs.arm_diverged.sum()),
        baseline_diverged=int(pairs.baseline_diverged.sum()),
        more_seeds=more_seeds(effect, se * math.sqrt(k), k, sesoi, alphas) if said == "undecided" else None,
        complete=pairs.complete_cases(),
        differences=tuple(zip(pairs.seeds, pairs.differences.tolist(), strict=True)),
        next_look=alphas.next_look(k),
        placebo=placebo,
    )
