"""The plan of an ablation: its arms, their trials, and what is asked of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from experiments.declare.ablation import Ablation
from experiments.declare.holds import shown
from experiments.declare.sheet import Expectation
from experiments.judge.alphas import Alphas
from experiments.plan.arms import Arm, Trial, within
from experiments.plan.comparisons import Comparison, Design, Difference


@dataclass(frozen=True)
class Plan:
    """An ablation with its arms and trials.

    Args:
        ablation: The ablation.
        arms: Of all of its designs, each once, the baseline first and the placebos last.
        trials: A training for each arm and seed.
        folder: Of the ablation.
        designs: What the arms are for.
        first: What is registered, of a path that has grown; None where that is this plan.
        confirmation: What proves a path that has ended, over fresh seeds.
    """

    ablation: Ablation
    arms: tuple[Arm, ...]
    trials: tuple[Trial, ...]
    folder: Path
    designs: tuple[Design, ...] = ()
    first: Plan | None = None
    confirmation: Comparison | None = None

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions; one without a name where there are none."""
        return tuple(self.ablation.conditions) or ("",)

    @property
    def baselines(self) -> tuple[Arm, ...]:
        """The baseline, or that of each condition."""
        return tuple(arm for arm in self.arms if arm.name == arm.baseline and not arm.tunes)

    @property
    def settled(self) -> tuple[Arm, ...]:
        """The arms that are compared, without those whose setting is not known yet."""
        return tuple(arm for arm in self.arms if arm.setting is not None and not arm.tunes)

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Those of all designs, each once."""
        return tuple(dict.fromkeys(each for design in self.designs for each in design.comparisons))

    @property
    def fitted(self) -> tuple[Design, ...]:
        """The designs whose arms are fitted together."""
        return tuple(design for design in self.designs if design.groups)

    @property
    def banks(self) -> set[str]:
        """The arms that run twice as many seeds as the others, in a race."""
        return {design.hub for design in self.designs if design.hub and design.banked} if self.ablation.looks else set()

    def with_compared(self, names: Collection[str]) -> set[str]:
        """These arms and those that they are compared with; the baseline alone is compared with nothing."""
        found = set(names)
        for name in found - {arm.name for arm in self.baselines}:
            below = {each.against for each in self.comparisons if each.arm == name}
            above = {each.arm for each in self.comparisons if each.against == name}
            found |= below or above or {self.arm(name).baseline}
        tuned = {self.arm(name).plain for name in found if self.arm(name).setting is None}
        return found | {arm.name for arm in self.arms if arm.tunes and arm.plain in tuned}

    @cached_property
    def by_seed(self) -> dict[str, dict[int, Trial]]:
        """Arm → seed → trial, in the order of the seeds."""
        found: dict[str, dict[int, Trial]] = {arm.name: {} for arm in self.arms}
        for trial in self.trials:
            found[trial.arm][trial.seed] = trial
        return found

    @cached_property
    def _named(self) -> dict[str, Arm]:
        return {arm.name: arm for arm in reversed(self.arms)}

    def arm(self, name: str) -> Arm:
        """The arm of a name."""
        return self._named[name]


def expected(plan: Plan, compared: Comparison) -> Expectation:
    """What is expected of a comparison: the sheet's claim is about the trick alone, others are the ablation's."""
    if compared.alone:
        return plan.arm(compared.arm).about.expects
    return plan.ablation.expected(compared.trick, compared.condition) or "unknown"


def untested(plan: Plan, compared: Comparison) -> str:
    """The condition that the claim of a trick alone speaks of, where nothing here declares it and no data show it.

    What the ablation itself expects is tested in any case.
    """
    arm = plan.arm(compared.arm)
    condition = arm.about.holds_when if compared.alone and not arm.expects else ""
    known = condition in plan.ablation.shows or shown(condition, plan.arm(arm.baseline).merged)
    return "" if known else condition


def differences(plan: Plan) -> list[Difference]:
    """Those that the ablation declares: of each effect that such a trick has under both conditions."""
    if not any(map(plan.ablation.differs, plan.ablation.expects)):
        return []
    one, other = plan.ablation.conditions
    both = zip(_effects(plan, one), _effects(plan, other), strict=True)
    return [
        Difference(trick, effect, minus, f"{other} − {one}{detail}")
        for (trick, minus, detail), (_, effect, _) in both
        if plan.ablation.differs(trick)
    ]


def registered_alphas(plan: Plan, design: Design) -> Alphas:
    """Levels of a design's effects over all that gets a verdict, at a race's looks or at all of the fixed seeds.

    A placebo does not count. Which comparisons a path will make is not known beforehand: each of its steps, as many as
    there may be, has the same share of the 5 %, and divides it among its own.
    """
    count = len(plan.ablation.seeds)
    looks = tuple(plan.ablation.looks) or ((count,) if count > 1 else ())
    if plan.ablation.path:
        return Alphas(len(plan.ablation.slots) * len(design.comparisons), looks)
    averages = sum(len(design.tricks) for design in plan.fitted)
    asked = len(plan.comparisons) + averages + len(differences(plan))
    return Alphas(asked, looks)


def _effects(plan: Plan, condition: str) -> list[tuple[str, str, str]]:
    """(trick, name, what sets it apart from the trick alone) of each effect under a condition."""
    compared = [each for each in plan.comparisons if each.condition == condition]
    details = ["" if each.alone else f", {each.between.replace(within(condition, ''), '')}" for each in compared]
    made = [(each.trick, each.name, detail) for each, detail in zip(compared, details, strict=True)]
    fitted = [design for design in plan.fitted if design.condition == condition]
    return made + [(t, design.average(t), f", average of {design.name}") for design in fitted for t in design.tricks]
