"""One function a design: from an ablation's files to arms and to what is compared with what."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from experiments.plan.arms import Arm, within
from experiments.plan.comparisons import Design
from experiments.plan.designs import alone, factorial, path, screen, stacked, without
from experiments.plan.sources import Sources

DESIGNS: dict[str, Callable[[Sources], Design]] = {
    "alone": alone.design,
    "without": without.design,
    "stacked": stacked.design,
    "stacked_reversed": stacked.stacked_reversed,
    "factorial": factorial.design,
    "screen": screen.design,
    "path": path.design,
}


def make_designs(sources: Sources) -> tuple[Design, ...]:
    """The designs of an ablation. Arms with the same tricks are one arm, under the name that it got first."""
    return share_arms([_under(sources.condition, DESIGNS[name](sources)) for name in sources.ablation.designs])


def share_arms(designs: Sequence[Design]) -> tuple[Design, ...]:
    """The designs with arms of the same tricks made one arm."""
    first: dict[tuple[str, ...], Arm] = {}
    return tuple(_shared(design, first) for design in designs)


def _under(condition: str, design: Design) -> Design:
    """The design with all of its names under a condition."""
    arms = [replace(arm, name=within(condition, arm.name), condition=condition) for arm in design.arms]
    comparisons = [
        replace(each, arm=within(condition, each.arm), against=within(condition, each.against), condition=condition)
        for each in design.comparisons
    ]
    return replace(design, arms=tuple(arms), comparisons=tuple(comparisons), condition=condition)


def _shared(design: Design, first: dict[tuple[str, ...], Arm]) -> Design:
    arms = {arm.name: first.setdefault(arm.tricks, arm) for arm in design.arms}
    comparisons = [
        replace(each, arm=arms[each.arm].name, against=arms[each.against].name) for each in design.comparisons
    ]
    return replace(design, arms=tuple(arms.values()), comparisons=tuple(comparisons))
