"""The best recipe within a budget: which of the tricks that earned their place go together."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.errors import UserError
from experiments.plan.sources import find_sources
from experiments.report.costs import UNITS
from experiments.report.numbers import ratio
from experiments.report.recipe.earned import Earned, earned_tricks, interactions
from experiments.report.recipe.packing import Pairs, best
from experiments.report.recipe.ready import unready
from experiments.results.study import Study

Budget = Mapping[str, float]  # unit → the most that the recipe may cost, as a multiple of the baseline
TIE = 1e-3  # of the measured effect, so that a trick whose forecast is 0 joins where it costs nothing else


@dataclass(frozen=True)
class Recipe:
    """Tricks that go together.

    Args:
        tricks: In the order written.
        forecast: What to expect of all of them on fresh seeds.
        costs: Unit → multiple of the baseline, as the sum of what each trick adds; None where one is not known.
    """

    tricks: tuple[Earned, ...]
    forecast: float
    costs: Mapping[str, float | None]

    @property
    def names(self) -> list[str]:
        """Names of its tricks."""
        return [each.trick for each in self.tricks]


def choose(study: Study, budget: Budget) -> Recipe:
    """The tricks of which most is to be expected together, of alternatives at most one.

    Raises:
        UserError: If the study is not ready, or no trick earned its place or does so within the budget.
    """
    file = study.plan.ablation.file
    if why := unready(study):
        raise UserError(f"{file}: {why}")
    found = helping(study)
    if not found:
        raise UserError(f"{file}: no trick earned its place by the verdict 'helps', so there is no recipe")
    _refuse_unmeasured(study, found, budget)
    tricks, forecast = _most(found, interactions(study), _groups(study), budget)
    if not tricks:
        raise UserError(f"{file}: no trick that helps fits into the budget: {_priced(found, budget)}")
    return Recipe(tricks, forecast, {unit: _sum([each.costs[unit] for each in tricks]) for unit in UNITS})


def helping(study: Study) -> list[Earned]:
    """The tricks that earned their place, alternatives and all."""
    return earned_tricks(study, [trick for group in _groups(study) for trick in group])


def _groups(study: Study) -> list[list[str]]:
    (sources,) = find_sources(study.plan.ablation)
    return [list(group) for group in sources.names]


def _most(
    found: Sequence[Earned], known: Pairs, groups: Sequence[Sequence[str]], budget: Budget
) -> tuple[tuple[Earned, ...], float]:
    """The tricks with the highest forecast together, and that."""
    alone = _alone(found, known, groups)
    pairs = {pair: value for pair, value in known.items() if pair <= alone.keys()}
    worth = {each.trick: alone[each.trick] + TIE * each.verdict.effect for each in found}
    spent = [({e.trick: (e.costs[unit] or 1.0) - 1 for e in found}, most - 1) for unit, most in budget.items()]
    taken = set(best(worth, pairs, groups, spent))
    among = sum(value for pair, value in pairs.items() if pair <= taken)
    return tuple(each for each in found if each.trick in taken), sum(alone[name] for name in taken) + among


def _sum(multiples: Sequence[float | None]) -> float | None:
    known = [each for each in multiples if each is not None]
    return 1 + sum(each - 1 for each in known) if len(known) == len(multiples) else None


def _refuse_unmeasured(study: Study, found: Sequence[Earned], budget: Budget) -> None:
    for each, unit in itertools.product(found, budget):
        if each.costs[unit] is None:
            what = f"the {unit} of {each.trick} beside the baseline was not measured"
            raise UserError(f"{study.plan.ablation.file}: {what}; leave {unit} out of the budget")


def _priced(found: Sequence[Earned], budget: Budget) -> str:
    costs = {each.trick: ", ".join(f"{ratio(each.costs[unit])} the {unit}" for unit in budget) for each in found}
    return "; ".join(f"{trick} costs {told}" for trick, told in costs.items())


def _alone(found: Sequence[Earned], pairs: Pairs, groups: Sequence[Sequence[str]]) -> dict[str, float]:
    """The forecast of each trick on the baseline.

    An interaction is in an average already for the share of arms that have the other trick: one of its list or none.
    """
    share = {trick: 1 / (len(group) + 1) for group in groups for trick in group}
    alone = {each.trick: each.forecast for each in found}
    for each, (pair, value) in itertools.product(found, pairs.items()):
        if each.effect.compared is None and each.trick in pair:
            (other,) = pair - {each.trick}
            alone[each.trick] -= value * share[other]
    return alone
