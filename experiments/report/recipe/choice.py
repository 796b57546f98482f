"""The best recipe within a budget: which of the tricks that earned their place go together."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from experiments.errors import UserError
from experiments.plan.sources import find_sources
from experiments.report.costs import UNITS
from experiments.report.numbers import ratio
from experiments.report.recipe.earned import Earned, earned, interactions
from experiments.report.recipe.ready import refuse_unready
from experiments.results.study import Study

Budget = Mapping[str, float]  # unit → the most that the recipe may cost, as a multiple of the baseline
Pairs = Mapping[frozenset[str], float]  # two tricks → their interaction


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
    refuse_unready(study)
    file, (sources,) = study.plan.ablation.file, find_sources(study.plan.ablation)
    groups = sources.names
    found = earned(study, [trick for group in groups for trick in group])
    if not found:
        raise UserError(f"{file}: no trick earned its place by the verdict 'helps', so there is no recipe")
    _refuse_unmeasured(study, found, budget)
    slots = [[each for each in found if each.trick in group] for group in groups]
    fitting = [tricks for tricks in _combinations(slots) if _fits(tricks, budget)]
    if not fitting:
        raise UserError(f"{file}: no trick that helps fits into the budget: {_priced(found, budget)}")
    pairs = interactions(study)
    best = max(fitting, key=lambda tricks: (_gain(tricks, pairs, groups), sum(each.verdict.effect for each in tricks)))
    return Recipe(best, _gain(best, pairs, groups), {unit: _cost(best, unit) for unit in UNITS})


def _refuse_unmeasured(study: Study, found: Sequence[Earned], budget: Budget) -> None:
    for each, unit in itertools.product(found, budget):
        if each.costs[unit] is None:
            what = f"the {unit} of {each.trick} beside the baseline was not measured"
            raise UserError(f"{study.plan.ablation.file}: {what}; leave {unit} out of the budget")


def _priced(found: Sequence[Earned], budget: Budget) -> str:
    costs = {each.trick: ", ".join(f"{ratio(each.costs[unit])} the {unit}" for unit in budget) for each in found}
    return "; ".join(f"{trick} costs {told}" for trick, told in costs.items())


def _combinations(slots: Sequence[Sequence[Earned]]) -> Iterator[tuple[Earned, ...]]:
    """All that take one or more tricks, and at most one of each list."""
    for taken in itertools.product(*([None, *slot] for slot in slots if slot)):
        if tricks := tuple(each for each in taken if each):
            yield tricks


def _fits(tricks: Sequence[Earned], budget: Budget) -> bool:
    return all((_cost(tricks, unit) or 0) <= most + 1e-9 for unit, most in budget.items())


def _cost(tricks: Sequence[Earned], unit: str) -> float | None:
    multiples = [each.costs[unit] for each in tricks]
    known = [each for each in multiples if each is not None]
    return 1 + sum(each - 1 for each in known) if len(known) == len(multiples) else None


def _gain(tricks: Sequence[Earned], pairs: Pairs, groups: Sequence[Sequence[str]]) -> float:
    """The forecast for tricks together.

    An interaction is in an average already for the share of arms that have the other trick: one of its list or none.
    """
    names, averaged = {each.trick for each in tricks}, {each.trick for each in tricks if each.effect.compared is None}
    share = {trick: 1 / (len(group) + 1) for group in groups for trick in group}
    among = sum(value for pair, value in pairs.items() if pair <= names)
    counted = sum(
        value * share[other] for pair, value in pairs.items() for on in pair & averaged for other in pair - {on}
    )
    return sum(each.forecast for each in tricks) + among - counted
