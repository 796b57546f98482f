"""The course of a race: how many seeds an arm gets next, or why it stopped."""

from __future__ import annotations

import math

from scipy import special

from experiments.judge.alphas import Alphas
from experiments.judge.verdict import Verdict

FUTILE = "futile"
LAST = "last look"
OPEN = ("undecided", "not estimable")
HOPELESS = 0.1  # chance of a verdict below which an arm is left undecided
COARSE = 0.75  # `sesoi` in spreads of a difference above which no arm is left: equivalence is near enough


def stopped(verdict: Verdict, alphas: Alphas, sesoi: float) -> str:
    """Why an arm gets no more seeds: its verdict, `FUTILE` or `LAST`; empty while it runs.

    A futility stop costs no error: it is not binding, and says nothing but "undecided".
    """
    if verdict.verdict == "no-op":
        return verdict.verdict
    if verdict.k not in alphas.looks:
        return ""
    if verdict.verdict not in OPEN:
        return verdict.verdict
    if verdict.k == alphas.looks[-1]:
        return LAST
    return FUTILE if chance(verdict, alphas, sesoi) < HOPELESS else ""


def seeds_next(verdict: Verdict, alphas: Alphas, sesoi: float) -> int:
    """How many seeds the arm should have: those of the next look, or its own if it stopped."""
    if stopped(verdict, alphas, sesoi):
        return verdict.k
    return next(look for look in alphas.looks if look > verdict.k)


def chance(verdict: Verdict, alphas: Alphas, sesoi: float) -> float:
    """Chance of any verdict at the last look if effect and spread are as they look now; 1 where `sesoi` is coarse.

    The estimate at K seeds, of which k are known, is normal about the present one with variance s² (K − k) / K².
    """
    k, last = verdict.k, alphas.looks[-1]
    spread = verdict.se * math.sqrt(k)
    if not spread > 0 or sesoi > COARSE * math.sqrt(verdict.variance):
        return 1.0
    df = verdict.df + last - k
    shows, excludes = (
        -spread / math.sqrt(last) * float(special.stdtrit(df, level)) for level in (alphas.last / 2, alphas.equivalence)
    )
    low, high = max(-shows, sesoi - excludes), shows  # between them, and only there, the arm would stay undecided
    wide = spread * math.sqrt(last - k) / last
    below = (float(special.ndtr((end - verdict.effect) / wide)) for end in (high, low))
    return 1 - max(0.0, next(below) - next(below))
