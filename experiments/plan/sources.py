"""The files that an ablation names, found and checked, and the arms that can be made of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from experiments.declare import configs
from experiments.declare.ablation import Ablation
from experiments.declare.configs import Config
from experiments.plan.arms import BASELINE, PLACEBO, Arm, within
from experiments.plan.augmentation import refuse_stacked
from experiments.plan.conditions import refuse_conditions
from experiments.plan.lengths import refuse_lengths
from experiments.plan.no_ops import refuse_idle
from experiments.plan.refusals import refuse_slots


@dataclass(frozen=True)
class Sources:
    """What arms are made of.

    Args:
        ablation: The ablation.
        common: Configs below every trick: the baseline, what the ablation sets, and the condition.
        slots: Files of the tricks as lists of alternatives, in the order written.
        condition: Name of the condition; empty where there are none.
    """

    ablation: Ablation
    common: tuple[Path | Config, ...]
    slots: tuple[tuple[Path, ...], ...]
    condition: str = ""

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """The tricks as lists of alternatives."""
        return tuple(tuple(file.stem for file in slot) for slot in self.slots)

    @property
    def recipe(self) -> list[str]:
        """The full recipe: every trick, and of alternatives the first."""
        return [slot[0] for slot in self.names]

    @property
    def baseline(self) -> Arm:
        """The arm without a trick; every design has it, for costs are told against it."""
        return self.arm(BASELINE, ())

    @property
    def placebo(self) -> Arm:
        """The baseline again, on fresh seeds, under the condition."""
        seeds = tuple(seed + max(self.ablation.seeds) + 1 for seed in range(len(self.ablation.seeds)))
        return Arm(within(self.condition, PLACEBO), self.common, seeds, condition=self.condition, again=True)

    def arm(self, name: str, on: Collection[str]) -> Arm:
        """The arm with these tricks on, which are merged in the order written, whatever the order of `on`."""
        files = [file for slot in self.slots for file in slot if file.stem in on]
        tricks = tuple(file.stem for file in files)
        expects = self.ablation.expected(tricks[0], self.condition) if len(tricks) == 1 else None
        return Arm(name, (*self.common, *files), tuple(self.ablation.seeds), expects, tricks)

    def mix(self, on: Collection[str]) -> Arm:
        """The arm with these tricks on, named after them; all of them are the full recipe."""
        arm = self.arm("", on)
        name = "full" if len(arm.tricks) == sum(map(len, self.slots)) else "+".join(arm.tricks)
        return replace(arm, name=name or BASELINE)


def find_sources(ablation: Ablation) -> tuple[Sources, ...]:
    """Find the files of an ablation.

    Returns:
        The sources under each condition, or one where there are none.

    Raises:
        UserError: If a file is unknown, its tricks are identical, change nothing or do not fit the task, or its
            conditions are the same or set a trick's key.
    """
    beside = ablation.file.parent
    baseline = configs.find("baselines", ablation.baseline, beside)
    common: tuple[Path | Config, ...] = (baseline, ablation.set) if ablation.set else (baseline,)
    slots = tuple(tuple(configs.find("tricks", name, beside) for name in slot) for slot in ablation.slots)
    below = configs.read_yaml(baseline)
    refuse_slots(slots, below, ablation)
    files, under = [file for slot in slots for file in slot], configs.merge(below, ablation.set)
    refuse_idle(files, under)
    refuse_stacked(files, under)
    if not ablation.tune:
        refuse_conditions(ablation, under, files)
    refuse_lengths(ablation, files)
    if not ablation.conditions:
        return (Sources(ablation, common, slots),)
    return tuple(
        Sources(ablation, (*common, layer) if layer else common, slots, name)
        for name, layer in ablation.conditions.items()
    )
