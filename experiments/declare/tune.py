"""Tuning: every arm gets the same number of trials to find its setting, on seeds that judge nothing."""

import itertools
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments.declare.configs import Config
from experiments.errors import UserError

UNTUNED, TUNED, TUNING = "untuned", "tuned", "tuning"
FIRST_SEED = 2**31  # above all that an ablation may name
MOST_SETTINGS, MOST_SEEDS = 1000, 1000
WANTED = (
    "such as {grid: {model.init_args.optimizer.init_args.lr: [0.03, 0.1]}, seeds: 2}: a grid of two or more settings, "
    f"up to {MOST_SETTINGS}, and a count of seeds; it may hold own grids of arms, and how many settings to draw (draw)"
)
Grid = dict[str, list[Any]]


@dataclass(frozen=True)
class Tune:
    """What every arm is tuned with, the baseline included.

    The setting of an arm is that of the best mean of the metric over the tuning seeds, a diverged run counting as the
    failure value, of equal ones the first. The arm is then run again with it, on the ablation's seeds.

    Args:
        grid: Config key, with dots → values; a setting takes one of each.
        seeds: Runs of each setting, on seeds of their own.
        own: Arm → a grid of its own instead, of as many settings: a learning rate of SGD's is none for AdamW.
        draw: How many settings are drawn from a grid at random, the same for every arm; 0 for all of them.
    """

    grid: Grid
    seeds: int
    own: dict[str, Grid] = field(default_factory=dict)
    draw: int = 0

    @property
    def seed_ids(self) -> tuple[int, ...]:
        """The seeds of its trials, which no other trial of the ablation has."""
        return tuple(FIRST_SEED + n for n in range(self.seeds))

    def settings(self, arm: str) -> list[Config]:
        """What an arm is tried with, as layers over its tricks."""
        grid = self.own.get(arm, self.grid)
        every = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
        drawn = sorted(random.Random(0).sample(range(len(every)), self.draw)) if self.draw else range(len(every))
        return [_nested(every[i]) for i in drawn]


def is_tune(value: Any) -> bool:
    """Whether it is a grid with a count of seeds, and own grids and a count to draw where it has them."""
    if not isinstance(value, dict) or not {"grid", "seeds"} <= value.keys() <= {"grid", "seeds", "own", "draw"}:
        return False
    own = value.get("own", {})
    grids = [value["grid"], *(own.values() if isinstance(own, dict) else [None])]
    counts = _count(value["seeds"], MOST_SEEDS) and ("draw" not in value or _count(value["draw"], MOST_SETTINGS))
    return counts and all(map(_is_grid, grids)) and all(isinstance(name, str) for name in own)


def read_tune(content: Mapping[str, Any], file: Path) -> Tune | None:
    """The tuning of an ablation's keys, which were checked; None if there is none.

    Raises:
        UserError: For grids of unequal sizes, a value given twice, a key in another, more to draw than there is, or
            what does not go with tuning.
    """
    if "tune" not in content:
        return None
    for key in ("conditions", "placebo"):
        if content.get(key):
            raise UserError(f"{file}: {key} does not go with tune; leave one of them out")
    tune = Tune(**content["tune"])
    size = _size(tune.grid)
    for name, grid in [("grid", tune.grid), *((f"own grid of {arm}", grid) for arm, grid in tune.own.items())]:
        _refuse_clashes(grid, f"{file}: tune: {name}")
        if _size(grid) != size:
            raise UserError(
                f"{file}: tune: every arm gets as many settings: the grid has {size}, the {name} {_size(grid)}"
            )
    if tune.draw > size:
        raise UserError(f"{file}: tune: draw must be at most the {size} settings of the grid, got {tune.draw}")
    return tune


def _is_grid(value: Any) -> bool:
    if not isinstance(value, dict) or not all(isinstance(key, str) and all(key.split(".")) for key in value):
        return False
    return all(isinstance(values, list) and values for values in value.values()) and 1 < _size(value) <= MOST_SETTINGS


def _size(grid: Grid) -> int:
    return math.prod(map(len, grid.values()))


def _count(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _refuse_clashes(grid: Grid, where: str) -> None:
    for one, other in itertools.permutations(grid, 2):
        if other.startswith(f"{one}."):
            raise UserError(f"{where}: {one} holds {other}: write the values of the first whole")
    for key, values in grid.items():
        for i, value in enumerate(values):
            if value in values[:i]:
                raise UserError(f"{where}: {key} has the value {value!r} twice")


def _nested(setting: Mapping[str, Any]) -> Config:
    layer: Config = {}
    for key, value in setting.items():
        *above, last = key.split(".")
        inside = layer
        for name in above:
            inside = inside.setdefault(name, {})
        inside[last] = value
    return layer
