"""Arms and trials."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from experiments.declare import configs
from experiments.declare.configs import Config
from experiments.declare.sheet import About, Expectation, about
from experiments.plan.origin import Code, Origin, digest

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
        again: Whether it is another arm once more, on fresh seeds.
        setting: What tuning sets over its tricks; None if it is tuned and that is not known yet.
        tunes: Whether it is there to find a setting, and not compared with others.
    """

    name: str
    layers: tuple[Path | Config, ...]
    seeds: tuple[int, ...]
    expects: Expectation | None = None
    tricks: tuple[str, ...] = ()
    condition: str = ""
    steps: int | None = None
    again: bool = False
    setting: Config | None = field(default_factory=dict)
    tunes: bool = False

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
        """The configs' contents, see `configs.trained`."""
        read = [configs.read_yaml(layer) if isinstance(layer, Path) else layer for layer in self.layers]
        return [configs.trained(layer) for layer in read]

    @cached_property
    def code(self) -> Code:
        """The code that the merged config names."""
        return Code([self.merged])

    @cached_property
    def merged(self) -> Config:
        """The configs as one, without the defaults that only the classes know."""
        return configs.merged([*self.contents, self.setting or {}])

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
        place: Of its folder.
        argv: What comes behind `trickbench` on the command line.
        origin: What it is made from, all that decides its result.
        home: Folder of its ablation.
    """

    arm: str
    seed: int
    place: str
    argv: tuple[str, ...]
    origin: Origin
    home: Path

    @cached_property
    def folder(self) -> Path:
        """Where it leaves everything; every ablation that needs it finds it there."""
        return Path(self.place)

    @cached_property
    def link(self) -> Path:
        """Where its ablation's folder points to it: `<ablation>/<arm>/seed-N`."""
        return self.home / self.arm / f"seed-{self.seed}"
