"""A path as far as it is known: the steps that were decided, the one that is open, and the proof on fresh seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from experiments.declare.ablation import Ablation
from experiments.judge.alphas import BANKED
from experiments.plan.arms import Arm
from experiments.plan.comparisons import Comparison
from experiments.plan.designs import share_arms
from experiments.plan.designs.path import FRESH_BASELINE, FRESH_RECIPE, step
from experiments.plan.planned import Plan
from experiments.plan.sources import Sources, find_sources
from experiments.plan.trials import assemble

RULE = (
    "at each step the trick that helps most, by its estimate, joins the recipe, and alternatives to it leave; "
    "the path ends where none helps; what it claims is the recipe's effect on the fresh seeds alone"
)


def rule(ablation: Ablation) -> dict[str, Any]:
    """What is registered of a path, besides its first step."""
    return {"rule": RULE, "steps": len(ablation.slots), "fresh_seeds": list(fresh_seeds(ablation))}


def fresh_seeds(ablation: Ablation) -> tuple[int, ...]:
    """Seeds that no step may use, on which the recipe is proved: as many as a trick has at the last look."""
    last = ablation.looks[-1]
    return tuple(range(2 * last, 3 * last))


def worst_case(ablation: Ablation) -> int:
    """The most trials that a path can take, the proof included: where every step goes on to its last look."""
    last, sizes = ablation.looks[-1], sorted(map(len, ablation.slots))
    tricks = [sum(sizes[taken:]) for taken in range(len(sizes))]  # of each step, where the shortest lists go first
    return last * (1 + sum(tricks) + sum(count >= BANKED for count in tricks) + 2)


def grow(first: Plan, on: Sequence[str], ended: bool) -> Plan:
    """The plan of a path.

    Args:
        first: Its first step, which is what is registered.
        on: The tricks that won, in the order of the steps.
        ended: Whether a step after them is decided too, and no trick won it.
    """
    (sources,) = find_sources(first.ablation)
    steps = [step(sources, on[:done]) for done in range(len(on) + 1)]
    proof = _proof(sources, on) if on and (ended or not steps[-1].comparisons) else ()
    designs = share_arms([design for design in steps if design.comparisons])
    grown = assemble(first.ablation, designs, first.folder.parent, proof)
    confirmation = Comparison("+".join(on), FRESH_RECIPE, FRESH_BASELINE) if proof else None
    return replace(grown, first=first, confirmation=confirmation)


def _proof(sources: Sources, on: Sequence[str]) -> tuple[Arm, ...]:
    seeds, named = fresh_seeds(sources.ablation), {FRESH_BASELINE: sources.baseline, FRESH_RECIPE: sources.mix(on)}
    return tuple(replace(arm, name=name, seeds=seeds, again=True) for name, arm in named.items())
