"""Every effect that gets a verdict, with what each arm counts in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from experiments.declare.conditions import DIFFERENCE
from experiments.declare.sheet import Expectation
from experiments.plan.arms import BASELINE, PLACEBO, within
from experiments.plan.comparisons import Comparison, Design, Difference
from experiments.plan.planned import Plan, differences, expected, untested


@dataclass(frozen=True)
class Effect:
    """An effect of a trick, or the placebo's.

    Args:
        name: That of its verdict.
        trick: Name of the trick.
        weights: What each arm counts in it; they add up to 0.
        detail: What it is an effect of, in words, where that is not the trick alone beside the baseline.
        expects: What is expected of it.
        condition: What all of its arms are under; empty where there are none, or two.
        untested: The condition that its claim speaks of, if nothing here shows it.
        compared: The two arms that it is the difference of; None where there are more.
        priced: The two arms that tell its cost; None where none do.
    """

    name: str
    trick: str
    weights: Mapping[str, float]
    detail: str = ""
    expects: Expectation = "unknown"
    condition: str = ""
    untested: str = ""
    compared: Comparison | None = None
    priced: Comparison | None = None


def list_effects(plan: Plan) -> list[Effect]:
    """The effects in the order of their verdicts: comparisons, averages over designs, differences, placebos."""
    found = [_of_comparison(plan, each) for each in plan.comparisons]
    found += [_average(plan, design, trick) for design in plan.fitted for trick in design.tricks]
    known = {each.name: each for each in found}
    found += [_difference(plan, each, known) for each in differences(plan)]
    return found + [_placebo(plan, condition) for condition in plan.conditions]


def _placebo(plan: Plan, condition: str) -> Effect:
    """Of no arm where a race makes it of the baseline's further seeds."""
    name = within(condition, PLACEBO)
    if not any(arm.name == name for arm in plan.arms):
        return Effect(name, PLACEBO, {}, condition, condition=condition)
    both = Comparison(PLACEBO, name, within(condition, BASELINE), condition)
    return Effect(name, PLACEBO, _two(both), condition, condition=condition, compared=both, priced=both)


def _of_comparison(plan: Plan, each: Comparison) -> Effect:
    said = _between(each), expected(plan, each), each.condition, untested(plan, each)
    return Effect(each.name, each.trick, _two(each), *said, compared=each, priced=each)


def _between(each: Comparison) -> str:
    """In words; on a path, the recipe that a trick was added to."""
    parts = each.against.split("+")
    added = each.trick not in parts and {*parts, each.trick} == set(each.arm.split("+"))
    return f"on {each.against}" if added else each.between


def _two(compared: Comparison) -> dict[str, float]:
    return {compared.arm: 1.0, compared.against: -1.0}


def _average(plan: Plan, design: Design, trick: str) -> Effect:
    """Its cost is that of the trick alone, where an arm has it alone."""
    expects = plan.ablation.expected(trick, design.condition) or "unknown"
    alone = next((arm for arm in design.arms if arm.tricks == (trick,)), None)
    priced = Comparison(trick, alone.name, alone.baseline, design.condition) if alone else None
    detail, weights = f"average of {design.title}", _weights(design, trick)
    return Effect(design.average(trick), trick, weights, detail, expects, design.condition, priced=priced)


def _weights(design: Design, trick: str) -> dict[str, float]:
    from experiments.judge import contrasts

    column = contrasts.columns([arm.tricks for arm in design.arms], design.groups)[trick,]
    counted = zip(design.arms, contrasts.weights(column, (trick,)).tolist(), strict=True)
    return {arm.name: weight for arm, weight in counted if weight}


def _difference(plan: Plan, each: Difference, known: Mapping[str, Effect]) -> Effect:
    taken = {arm: -weight for arm, weight in known[each.minus].weights.items()}
    expects = plan.ablation.expected(each.trick, DIFFERENCE) or "unknown"
    return Effect(each.name, each.trick, {**known[each.effect].weights, **taken}, each.between, expects)
