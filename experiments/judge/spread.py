"""The variance of an arm's differences, steadied by that of the other arms."""

import math
from collections.abc import Sequence

from scipy import special

from experiments.judge.pairs import Pairs


def prior_df(arms: int) -> int:
    """Weight of the spread of all arms beside an arm's own, in degrees of freedom."""
    return 4 if arms >= 6 else 2 if arms >= 3 else 0


def half_pooled(own: Pairs, others: Sequence[Pairs]) -> tuple[float, int, bool]:
    """Variance for a verdict: an arm's own, steadied by the spread of all arms.

    v = (d0·S/F + f·s²)/(d0 + f), S/F the pooled variance, d0 its weight: 4 from 6 arms on, 2 from 3, else 0.
    An arm whose spread is above that of the others (F test, p < .05) is judged by its own alone: fully
    pooled, one noisy arm makes 13 % family-wise error. Another arm with a diverged run, or one beside an arm with a
    diverged run where this one is not, is not pooled at all: the failure value is no seed noise, and one such run would
    leave every other arm undecided.

    Returns:
        The variance, its degrees of freedom, and whether the arm is noisier than the others.
    """
    steady = [p for p in others if p.f and not p.arm_failed and (own.baseline_failed or not p.baseline_failed)]
    f_others = sum(pairs.f for pairs in steady)
    if _noisier(own, steady, f_others):
        return own.variance, own.f, True
    f_all = own.f + f_others
    pooled = math.fsum(pairs.f * pairs.variance for pairs in [own, *steady]) / f_all
    d0 = prior_df(1 + len(others))
    return (d0 * pooled + own.f * own.variance) / (d0 + own.f), min(d0 + own.f, f_all), False


def _noisier(own: Pairs, others: Sequence[Pairs], f_others: int) -> bool:
    if not f_others or own.variance == 0:
        return False
    theirs = math.fsum(pairs.f * pairs.variance for pairs in others) / f_others
    return theirs == 0 or bool(special.fdtrc(own.f, f_others, own.variance / theirs) < 0.05)
