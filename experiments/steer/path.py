"""A path grows by what its steps have shown: from the files alone, so that it goes on after any kill."""

from collections.abc import Iterator

from experiments.plan.path import grow
from experiments.plan.planned import Plan
from experiments.results.path import settled, winner
from experiments.results.study import read_study


def stages(plan: Plan) -> Iterator[Plan]:
    """The plan as it was declared and, if it is that of a path, what it grows to as far as its trials have ended.

    Whoever trains the trials of a plan before taking the next one comes to the path's end.
    """
    yield plan
    on, present = list[str](), plan
    while plan.ablation.path and present.confirmation is None and settled(study := read_study(present)):
        best = winner(study, present.designs[-1])
        if not best and not on:
            return
        on += [best] if best else []
        present = grow(plan, on, ended=not best)
        yield present


def known(plan: Plan) -> Plan:
    """The plan as far as it is known."""
    *_, last = stages(plan)
    return last
