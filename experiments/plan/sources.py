"""The files that an ablation names, found and checked, and the arms that can be made of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from experiments.declare import configs
from experiments.declare.ablation import Ablation
from experiments.declare.configs import Config
from experiments.plan.arms import BASELINE, PLACEBO, Arm
from experiments.plan.no_ops import refuse_idle
from experiments.plan.refusals import refuse_slots


@dataclass(frozen=True)
class Sources:
    """What arms are made of.

    Args:
        ablation: The ablation.
        common: Configs below every trick: the baseline and what the ablation sets.
        slots: Files of the tricks as lists of alternatives, in the order written.
    """

    ablation: Ablation
    common: tuple[Path | Config, ...]
    slots: tuple[tuple[Path, ...], ...]

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
        """The baseline again, on fresh seeds."""
        seeds = self.ablation.seeds
        return Arm(PLACEBO, self.common, tuple(seed + max(seeds) + 1 for seed in range(len(seeds))))

    def arm(self, name: str, on: Collection[str]) -> Arm:
        """The arm with these tricks on, which are merged in the order written, whatever the order of `on`."""
        files = [file for slot in self.slots for file in slot if file.stem in on]
        tricks = tuple(file.stem for file in files)
        expects = self.ablation.expects.get(tricks[0]) if len(tricks) == 1 else None
        return Arm(name, (*self.common, *files), tuple(self.ablation.seeds), expects, tricks)

    def mix(self, on: Collection[str]) -> Arm:
        """The arm with these tricks on, named after them; all of them are the full recipe."""
        arm = self.arm("", on)
        name = "full" if len(arm.tricks) == sum(map(len, self.slots)) else "+".join(arm.tricks)
        return replace(arm, name=name or BASELINE)


def find_sources(ablation: Ablation) -> Sources:
    """Find the files of an ablation.

    Raises:
        UserError: If a file is unknown, or its tricks are identical, change nothing or do not fit the task.
    """
    beside = ablation.file.parent
    baseline = configs.find("baselines", ablation.baseline, beside)
    common: tuple[Path | Config, ...] = (baseline, ablation.set) if ablation.set else (baseline,)
    slots = tuple(tuple(configs.find("tricks", name, beside) for name in slot) for slot in ablation.slots)
    below = configs.read_yaml(baseline)
    refuse_slots(slots, below, ablation)
    refuse_idle([file for slot in slots for file in slot], configs.merge(below, ablation.set))
    return Sources(ablation, common, slots)
