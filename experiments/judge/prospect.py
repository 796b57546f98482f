"""What an ablation can show, asked before anything is spent."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass

from experiments.judge.alphas import Alphas
from experiments.judge.power import POWER, power_of_t
from experiments.judge.spread import prior_df

MOST = 1000  # seeds


@dataclass(frozen=True)
class Prospect:
    """What fixed seeds, or the last look of a race, can show; on the metric's scale.

    Args:
        seeds: At the last look.
        smallest: Effect that is shown in 80 % of such ablations.
        chance: That an effect of the size that matters is shown.
        needed: Seeds that this size needs for 80 %; None if `MOST` are too few.
    """

    seeds: int
    smallest: float
    chance: float
    needed: int | None


def look_ahead(sd: float, sesoi: float, seeds: int, alphas: Alphas) -> Prospect:
    """What is to be expected of each of the tricks, all of the same spread.

    A race is taken at its last look alone: earlier looks, recycled levels and the baseline's further seeds can only
    make its chances better.

    Args:
        sd: Standard deviation of one paired difference.
        sesoi: Smallest effect of interest.
        seeds: At the last look.
        alphas: Levels of the verdicts.

    Raises:
        ValueError: If the spread is not positive, or there are fewer than two seeds.
    """
    if not 0 < sd < math.inf:
        raise ValueError(f"the spread of a difference must be above 0, got {sd:g}")
    if seeds < 2:
        raise ValueError(f"an effect can be shown from 2 seeds on, got {seeds}")
    effect = sesoi / sd
    return Prospect(seeds, sd * _smallest(seeds, alphas), chance(effect, seeds, alphas), needed(effect, alphas))


def needed(effect: float, alphas: Alphas) -> int | None:
    """Seeds that an effect, in spreads of a difference, needs to be shown with 80 %; None if `MOST` are too few."""
    place = bisect.bisect_left(range(2, MOST + 1), POWER, key=lambda k: chance(effect, k, alphas))
    return 2 + place if place < MOST - 1 else None


def chance(effect: float, seeds: int, alphas: Alphas) -> float:
    """Chance that an effect, in spreads of a difference, is shown by the half-pooled t at the last look's level."""
    freedom = min(prior_df(alphas.tricks) + seeds - 1, alphas.tricks * (seeds - 1))
    return power_of_t(effect, seeds, alphas.last / 2, freedom)


def _smallest(seeds: int, alphas: Alphas) -> float:
    """The effect that is shown in 80 %, by bisection; the chance grows with the effect."""
    low, high = 0.0, 1.0
    while chance(high, seeds, alphas) < POWER:
        low, high = high, 2 * high
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if chance(middle, seeds, alphas) < POWER else (low, middle)
    return high
