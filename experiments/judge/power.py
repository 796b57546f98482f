"""How many more seeds would settle a comparison that is still undecided."""

from __future__ import annotations

import math

from experiments.judge.levels import Levels


def more_seeds(mean: float, sd: float, k: int, sesoi: float, levels: Levels) -> int:
    """About how many more seeds would settle a trick at 80 % power, if its mean and spread stay as they are.

    The nearer of two ends settles it: the difference shows at the last look, or a material gain is ruled out.

    Args:
        mean: mean paired difference, more is better.
        sd: standard deviation of one paired difference.
        k: pairs so far.
        sesoi: smallest effect of interest.
        levels: those of the verdict.
    """
    shows = _pairs_needed(abs(mean) / sd, levels.last / 2)
    ruled_out = _pairs_needed((sesoi - mean) / sd, levels.equivalence)
    return max(1, math.ceil(min(shows, ruled_out)) - k)


def in_words(count: int, about: str) -> str:
    """Say how many more seeds; beyond 100 the number itself means nothing.

    Args:
        count: of seeds.
        about: what stands before the number: it is an estimate.
    """
    return "over 100 more seeds" if count > 100 else f"{about}{count} more seed{'s' * (count > 1)}"


def _pairs_needed(effect: float, one_sided_level: float) -> float:
    from statsmodels.stats.power import TTestPower  # takes over a second to import

    if effect <= 0:
        return math.inf
    effect = min(effect, 10.0)  # beyond, 2 pairs are enough and the solver does not converge
    return float(TTestPower().solve_power(effect, alpha=one_sided_level, power=0.8, alternative="larger"))
