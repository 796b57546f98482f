"""Arms, trials, and the plan that holds them."""

import functools
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from experiments.declare import configs
from experiments.declare.ablation import Ablation
from experiments.declare.configs import Config
from experiments.declare.sheet import About, Expectation, about
from experiments.plan.origin import Code, Origin

BASELINE, PLACEBO = "baseline", "placebo"


@dataclass(frozen=True)
class Arm:
    """What is compared: the baseline, alone or with tricks.

    Args:
        name: Of its folder and its row.
        layers: Configs in order: paths, or mappings for what the ablation itself sets.
        seeds: Seed ids of its trials.
        expects: What the ablation expects of it, if not what its sheet claims.
    """

    name: str
    layers: tuple[Path | Config, ...]
    seeds: tuple[int, ...]
    expects: Expectation | None = None

    @cached_property
    def contents(self) -> list[Config]:
        """The configs' contents, without what they say of themselves."""
        read = [configs.read_yaml(layer) if isinstance(layer, Path) else layer for layer in self.layers]
        return [{key: value for key, value in layer.items() if key != "about"} for layer in read]

    @cached_property
    def code(self) -> Code:
        """The code that the configs name."""
        return Code(self.contents)

    @property
    def about(self) -> About:
        """The data sheet of the arm's top config: its trick, or the baseline."""
        top = self.layers[-1]
        sheet = about(configs.read_yaml(top), top) if isinstance(top, Path) else About()
        return replace(sheet, expects=self.expects) if self.expects else sheet


@dataclass(frozen=True)
class Trial:
    """One training: an arm and a seed.

    Args:
        arm: Name of the arm.
        seed: Seed id.
        folder: Where it leaves everything.
        argv: What comes behind `trickbench` on the command line.
        origin: What it is made from, all that decides its result.
    """

    arm: str
    seed: int
    folder: Path
    argv: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True)
class Plan:
    """An ablation with its arms and trials."""

    ablation: Ablation
    arms: tuple[Arm, ...]
    trials: tuple[Trial, ...]
    folder: Path

    def merged(self, arm: Arm) -> Config:
        """The arm's configs as one, without the defaults that only the classes know."""
        return functools.reduce(configs.merge, arm.contents)
