"""How many more seeds would settle a comparison that is still undecided."""

from __future__ import annotations

import bisect
import math

from experiments.judge.alphas import Alphas

POWER = 0.8
MANY = 1000


def more_seeds(mean: float, sd: float, k: int, sesoi: float, alphas: Alphas) -> int:
    """About how many more seeds would settle a trick at 80 % power, if its mean and spread stay as they are.

    The nearer of two ends settles it: the difference shows at the last look, or a material gain is ruled out.

    Args:
        mean: mean paired difference, more is better.
        sd: standard deviation of one paired difference.
        k: pairs so far.
        sesoi: smallest effect of interest.
        alphas: those of the verdict.
    """
    shows = _pairs_needed(abs(mean) / sd, alphas.last / 2)
    ruled_out = _pairs_needed((sesoi - mean) / sd, alphas.equivalence)
    return max(1, math.ceil(min(shows, ruled_out)) - k)


def in_words(count: int, about: str) -> str:
    """Say how many more seeds; beyond 100 the number itself means nothing.

    Args:
        count: of seeds.
        about: what stands before the number: it is an estimate.
    """
    return "over 100 more seeds" if count > 100 else f"{about}{count} more seed{'s' * (count > 1)}"


def _pairs_needed(effect: float, one_sided_level: float) -> int | float:
    """Pairs that a one-sided paired t needs for 80 % power; `effect` in standard deviations of a difference."""
    from scipy import special  # takes half a second to import

    if effect <= 0:
        return math.inf
    normal = ((special.ndtri(1 - one_sided_level) + special.ndtri(POWER)) / effect) ** 2
    if normal > MANY:  # there the t is as good as normal
        return float(normal)
    return 2 + bisect.bisect_left(
        range(2, MANY + 10), POWER, key=lambda n: power_of_t(effect, n, one_sided_level, n - 1)
    )


def power_of_t(effect: float, pairs: int, one_sided_level: float, df: int) -> float:
    """Chance that a t shows an effect above 0.

    Args:
        effect: In standard deviations of a difference.
        pairs: How many.
        one_sided_level: Of the t.
        df: Its degrees of freedom; of a plain paired t one less than pairs.
    """
    from scipy import special

    return 1 - float(special.nctdtr(df, effect * math.sqrt(pairs), -special.stdtrit(df, one_sided_level)))
