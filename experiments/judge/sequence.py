"""An interval that holds at every number of seeds, planned or not, and is wide for it."""

from __future__ import annotations

import math

from experiments.judge.pairs import Pairs
from experiments.judge.rule import Interval

PRIOR = (
    100.0  # variance of the effects, in spreads of a difference, that a Bayes factor weighs; small K need a large one
)


def t_sequence(pairs: Pairs, alpha: float) -> Interval:
    """All means whose Bayes factor stays below 1/α at this number of pairs.

    The Bayes factor of a normal prior on the effect in spreads, and none on the spread, is a martingale at the true
    mean: with chance 1 − α it stays below 1/α for ever, so that nobody can make the interval fail by choosing when to
    look. With A = 1 + K·g and B = (√A/α)^(2/K) it is the mean ± se · √((K − 1)(B − 1)/(1 − B/A)).

    Sources: Lai 1976, On confidence sequences; Wang and Ramdas 2025, Anytime-valid t-tests and confidence sequences for
    Gaussian means with unknown variance.

    Args:
        pairs: The runs.
        alpha: Chance that it ever leaves out the mean.

    Returns:
        NaN where nothing varies, or as long as it is without bounds.
    """
    k = pairs.k
    if not pairs.variance > 0:
        return math.nan, math.nan
    ratio = 1 + k * PRIOR
    bound = (math.sqrt(ratio) / alpha) ** (2 / k)
    if bound >= ratio:
        return math.nan, math.nan
    se = math.sqrt(float(pairs.differences.var(ddof=1)) / k)
    half = se * math.sqrt((k - 1) * (bound - 1) / (1 - bound / ratio))
    return pairs.mean() - half, pairs.mean() + half
