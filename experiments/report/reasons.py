"""Which interval decided a verdict, and how."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from experiments.report.numbers import decimals, interval

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.verdict import Verdict


def reason(verdict: Verdict, sesoi: float) -> str:
    """What a verdict was read off, with the numbers; nothing where it is about no interval."""
    places, delta = decimals(sesoi), f"±{sesoi:g}"
    shown = interval(verdict.low, verdict.high, places)
    bounds = interval(verdict.equivalence_low, verdict.equivalence_high, places)
    return {
        "helps": f"{shown} above\N{NO-BREAK SPACE}0",
        "hurts": f"{shown} below\N{NO-BREAK SPACE}0",
        "helps (negligible)": f"{shown} above\N{NO-BREAK SPACE}0, bounds {bounds} within {delta}",
        "hurts (negligible)": f"{shown} below\N{NO-BREAK SPACE}0, bounds {bounds} within {delta}",
        "equivalent": f"bounds {bounds} within {delta}",
        "no material gain": f"bounds {bounds} below {sesoi:g}",
        "undecided": f"{shown} holds\N{NO-BREAK SPACE}0, bounds {bounds} reach {sesoi:g}",
        "no verdict (unregistered look)": _missing(verdict, shown),
        "not estimable": {0: "no pair of seeds", 1: "one pair of seeds"}.get(verdict.k, "all differences alike"),
    }.get(verdict.verdict, "")


def _missing(verdict: Verdict, shown: str) -> str:
    look = verdict.next_look
    seeds = f"{verdict.k} of {look} registered seeds" if look else f"{verdict.k} seeds are not a registered look"
    return seeds if math.isnan(verdict.low) else f"{seeds}; whenever one looks: {shown}"
