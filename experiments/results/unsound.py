"""Verdicts that cannot be believed, since what they compare has learned nothing or leaves nothing to gain."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from experiments.judge.verdict import Verdict
from experiments.plan.arms import BASELINE, within
from experiments.plan.planned import Plan
from experiments.results.effects import list_effects
from experiments.results.sound import Fault, fault_of_all

SILENT = {"not estimable", "no verdict (unregistered look)", "unstable"}  # words that say nothing of an arm


def with_faults(plan: Plan, verdicts: Sequence[Verdict], found: Sequence[Fault]) -> list[Verdict]:
    """The verdicts, of which those have no word that could be believed that compare with a baseline with a fault.

    Nor have those between arms that all have one: of two recipes that learned nothing none is better.
    """
    wrong, baselines = {fault.baseline for fault in found}, {arm.name for arm in plan.baselines}
    ends = {each.name: each.weights.keys() or {within(each.condition, BASELINE)} for each in list_effects(plan)}

    @cache
    def is_wrong(name: str) -> bool:
        return name in wrong or (name not in baselines and bool(fault_of_all(plan, plan.arm(name))))

    def says_nothing(verdict: Verdict) -> bool:
        names = ends[verdict.arm]
        return bool(names & wrong) or (not names & baselines and all(map(is_wrong, names)))

    return [
        replace(each, verdict="no verdict (unsound baseline)")
        if each.verdict not in SILENT and says_nothing(each)
        else each
        for each in verdicts
    ]
