"""The rule: from intervals to one word."""

from __future__ import annotations

import math
from typing import Literal

from experiments.judge.pairs import Pairs

Interval = tuple[float, float]
Word = Literal[
    "not estimable",
    "no verdict (unregistered look)",
    "no verdict (unsound baseline)",
    "no-op",
    "unstable",
    "helps",
    "helps (negligible)",
    "hurts",
    "hurts (negligible)",
    "equivalent",
    "no material gain",
    "undecided",
]


def word(pairs: Pairs, registered: bool, interval: Interval, bounds: Interval, sesoi: float) -> Word:
    """The first row of the rule that holds.

    Args:
        pairs: the runs.
        registered: whether a verdict may be given at this number of pairs.
        interval: the verdict interval, NaN when there is none.
        bounds: the equivalence bounds.
        sesoi: smallest effect of interest.
    """
    inside = -sesoi < bounds[0] and bounds[1] < sesoi
    rows: list[tuple[bool, Word]] = [
        (not pairs.estimable, "not estimable"),
        (not registered, "no verdict (unregistered look)"),
        (pairs.unchanged, "no-op"),
        (bool(pairs.arm_diverged.sum() > pairs.baseline_diverged.sum()), "unstable"),
        (math.isnan(interval[0]), "not estimable"),  # nothing varies, so no seed noise was seen
        (interval[0] > 0, "helps (negligible)" if inside else "helps"),
        (interval[1] < 0, "hurts (negligible)" if inside else "hurts"),
        (inside, "equivalent"),
        (bounds[1] < sesoi, "no material gain"),
    ]
    return next((verdict for holds, verdict in rows if holds), "undecided")
