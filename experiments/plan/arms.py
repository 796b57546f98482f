"""Arms, trials, and the plan that holds them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.declare import configs
from experiments.declare.ablation import Ablation
from experiments.declare.configs import Config
from experiments.declare.sheet import About, Expectation, about
from experiments.judge.alphas import BANKED
from experiments.plan.origin import Code, Origin, digest

if TYPE_CHECKING:
    from experiments.plan.comparisons import Comparison

BASELINE, PLACEBO = "baseline", "placebo"


def within(condition: str, name: str) -> str:
    """What an arm or design is called under a condition; its own name where there are none."""
    return f"{condition}/{name}" if condition else name


@dataclass(frozen=True)
class Arm:
    """What is compared: the baseline, alone or with tricks.

    Args:
        name: Of its folder and its row.
        layers: Configs in order: paths, or mappings for what the ablation itself sets.
        seeds: Seed ids of its trials.
        expects: What the ablation expects of it, if not what its sheet claims.
        tricks: The tricks that are on, in the order written.
        condition: The condition that it is under, by which its name begins; empty where there are none.
        steps: Optimizer steps of each of its trials, where a budget says it and it is known; else None.
    """

    name: str
    layers: tuple[Path | Config, ...]
    seeds: tuple[int, ...]
    expects: Expectation | None = None
    tricks: tuple[str, ...] = ()
    condition: str = ""
    steps: int | None = None

    @property
    def plain(self) -> str:
        """Its name without its condition's."""
        return self.name.removeprefix(within(self.condition, ""))

    @property
    def baseline(self) -> str:
        """Name of the baseline of its condition."""
        return within(self.condition, BASELINE)

    @cached_property
    def contents(self) -> list[Config]:
        """The configs' contents, without what they say of themselves."""
        read = [configs.read_yaml(layer) if isinstance(layer, Path) else layer for layer in self.layers]
        return [{key: value for key, value in layer.items() if key != "about"} for layer in read]

    @cached_property
    def code(self) -> Code:
        """The code that the merged config names."""
        return Code([self.merged])

    @cached_property
    def merged(self) -> Config:
        """The configs as one, without the defaults that only the classes know."""
        return configs.merged(self.contents)

    @cached_property
    def digest(self) -> str:
        """Of the merged config: arms that reach the same one by other configs share their trials."""
        return digest(self.merged)

    def content(self, trick: str) -> Config:
        """What one of its tricks sets."""
        return self.contents[self._layer(trick)]

    def sheet(self, trick: str) -> About:
        """The data sheet of one of its tricks."""
        layer = self.layers[self._layer(trick)]
        return about(configs.read_yaml(layer), layer) if isinstance(layer, Path) else About()

    def _layer(self, trick: str) -> int:
        return self.tricks.index(trick) - len(self.tricks)

    @property
    def about(self) -> About:
        """The data sheet of the arm's top config: its trick, or the baseline; several tricks have none in common."""
        if len(self.tricks) > 1:
            return About()
        top = self.layers[-1]
        sheet = about(configs.read_yaml(top), top) if isinstance(top, Path) else About()
        return replace(sheet, expects=self.expects) if self.expects else sheet


@dataclass(frozen=True)
class Trial:
    """One training: an arm and a seed.

    Args:
        arm: Name of the arm.
        seed: Seed id.
        folder: Where it leaves everything; every ablation that needs it finds it there.
        argv: What comes behind `trickbench` on the command line.
        origin: What it is made from, all that decides its result.
        link: Where its ablation's folder points to it: `<ablation>/<arm>/seed-N`.
    """

    arm: str
    seed: int
    folder: Path
    argv: tuple[str, ...]
    origin: Origin
    link: Path

    @property
    def ablation(self) -> str:
        """Name of the ablation."""
        return self.link.parents[1 + self.arm.count("/")].name


@dataclass(frozen=True)
class Design:
    """The arms of one design, and what is asked of them: comparisons of two, or a fit to all of them.

    Args:
        name: Such as `alone`.
        arms: The baseline first.
        comparisons: In the order declared; none where all arms are fitted together.
        groups: The tricks of a fit, as lists of alternatives.
        condition: The condition that its arms are under; empty where there are none.
    """

    name: str
    arms: tuple[Arm, ...]
    comparisons: tuple[Comparison, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    condition: str = ""

    @property
    def title(self) -> str:
        """Its name, with that of its condition."""
        return within(self.condition, self.name)

    @property
    def hub(self) -> str | None:
        """The arm that all comparisons have in common on one side, such as the baseline; None if there is none."""
        for ends in ({each.against for each in self.comparisons}, {each.arm for each in self.comparisons}):
            if len(ends) == 1:
                return ends.pop()
        return None

    @property
    def banked(self) -> bool:
        """Whether its hub runs twice as many seeds as the others where it is raced."""
        return self.hub is not None and len(self.comparisons) >= BANKED

    @property
    def tricks(self) -> tuple[str, ...]:
        """The tricks of a fit."""
        return tuple(trick for group in self.groups for trick in group)

    def average(self, trick: str) -> str:
        """What a trick's average effect in a fit is called."""
        return f"{trick}: average of {self.title}"


@dataclass(frozen=True)
class Plan:
    """An ablation with its arms and trials.

    Args:
        ablation: The ablation.
        arms: Of all of its designs, each once, the baseline first and the placebo last.
        trials: A training for each arm and seed.
        folder: Of the ablation.
        designs: What the arms are for.
    """

    ablation: Ablation
    arms: tuple[Arm, ...]
    trials: tuple[Trial, ...]
    folder: Path
    designs: tuple[Design, ...] = ()

    @property
    def baselines(self) -> tuple[Arm, ...]:
        """The baseline, or that of each condition."""
        return tuple(arm for arm in self.arms if arm.name == arm.baseline)

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
        return found

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

    def merged(self, arm: Arm) -> Config:
        """The arm's configs as one, without the defaults that only the classes know."""
        return arm.merged
