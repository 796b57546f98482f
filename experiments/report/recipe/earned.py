"""The tricks of an ablation that earned their place, with what they cost and what to expect of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.judge import curse
from experiments.judge.verdict import Verdict
from experiments.plan.comparisons import Comparison
from experiments.report.costs import UNITS, costs_of
from experiments.results.effects import Effect, list_effects
from experiments.results.path import winner
from experiments.results.study import Study

HARMFUL = {"hurts", "hurts (negligible)", "unstable"}
NEEDLESS = {"equivalent", "no material gain", "helps (negligible)"}  # of a trick in the full recipe


@dataclass(frozen=True)
class Earned:
    """A trick that helps.

    Args:
        trick: Its name.
        effect: What it was judged by: an average over a design, else the trick alone, else within others.
        verdict: On that.
        costs: Unit → multiple of what it was compared with; None where it was not measured.
    """

    trick: str
    effect: Effect
    verdict: Verdict
    costs: Mapping[str, float | None]

    @property
    def forecast(self) -> float:
        """What to expect of it on fresh seeds, given that its verdict is `helps`."""
        v = self.verdict
        return curse.forecast(v.effect, v.se, v.df, v.effect - v.low)


def earned_tricks(study: Study, tricks: Sequence[str]) -> list[Earned]:
    """Those of the tricks that help somewhere, harm nowhere, and are needed beside the others where that is known."""
    counted = _counted(study)
    found = [_earned(study, trick, [each for each in counted if each.trick == trick]) for trick in tricks]
    return _needed(study, [each for each in found if each])


def _counted(study: Study) -> list[Effect]:
    """The effects that tricks are chosen by: all of them, but of a path those that won a step."""
    if not study.plan.ablation.path:
        return list_effects(study.plan)
    steps = [(winner(study, design), design.comparisons) for design in study.plan.designs]
    won = {each.name for trick, compared in steps for each in compared if each.trick == trick}
    return [each for each in list_effects(study.plan) if each.name in won]


def _earned(study: Study, trick: str, found: Sequence[Effect]) -> Earned | None:
    words = {each.name: study.judged[each.name].verdict for each in found}
    helping = [each for each in found if words[each.name] == "helps"]
    if not helping or HARMFUL & set(words.values()):
        return None
    best = min(helping, key=_rank)
    priced = next((each.priced for each in (best, *found) if each.priced), None)
    return Earned(trick, best, study.judged[best.name], ratios(study, priced))


def _rank(effect: Effect) -> int:
    return 0 if effect.compared is None else 1 if effect.compared.alone else 2


def ratios(study: Study, priced: Comparison | None) -> dict[str, float | None]:
    """What the first of two arms costs as a multiple of the other, by unit; None where it was not measured."""
    spent = costs_of(study, priced)
    return {unit: spent[name].ratio for unit, name in UNITS.items()}


def _needed(study: Study, found: list[Earned]) -> list[Earned]:
    """Without those that the full recipe does not need; of several, which may stand in for each other, the best stays.

    What `without` says of one holds while all others are there.
    """
    compared = [each for design in study.plan.designs if design.name == "without" for each in design.comparisons]
    spare = {each.trick for each in compared if study.judged[each.name].verdict in NEEDLESS}
    needless = sorted((each for each in found if each.trick in spare), key=lambda each: -each.verdict.effect)
    kept = needless[:1] if len(needless) > 1 else []
    return [each for each in found if each in kept or each not in needless]


def interactions(study: Study) -> dict[frozenset[str], float]:
    """Two tricks → what one adds with the other more than without it, where a fit shows that surely; shrunk, too."""
    found: dict[frozenset[str], float] = {}
    for fit in study.fits.values():
        for each in fit.interactions:
            if each.clear and each.low * each.high > 0:
                size = curse.forecast(abs(each.effect), each.se, fit.df, each.high - each.effect)
                found[frozenset(each.tricks)] = math.copysign(size, each.effect)
    return found
