"""An ablation becomes arms, arms become trials: command lines that anyone can run by hand."""

import functools
import hashlib
import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from experiments import layers
from experiments.ablation import Ablation
from experiments.about import About, Expectation, about
from experiments.errors import UserError
from experiments.layers import Config

BASELINE, PLACEBO = "baseline", "placebo"


@dataclass(frozen=True)
class Arm:
    """What is compared: the baseline, alone or with tricks.

    Args:
        name: Of its folder and its row.
        layers: Config layers in order: paths, or mappings for what the ablation itself sets.
        seeds: Seed ids of its trials.
        expects: What the ablation expects of it, if not what its sheet claims.
    """

    name: str
    layers: tuple[Path | Config, ...]
    seeds: tuple[int, ...]
    expects: Expectation | None = None

    @cached_property
    def contents(self) -> list[Config]:
        """The layers' contents, without what they say of themselves."""
        read = [layers.read_yaml(layer) if isinstance(layer, Path) else layer for layer in self.layers]
        return [{key: value for key, value in layer.items() if key != "about"} for layer in read]

    @property
    def about(self) -> About:
        """The data sheet of the arm's top layer: its trick, or the baseline."""
        top = self.layers[-1]
        sheet = about(layers.read_yaml(top), top) if isinstance(top, Path) else About()
        return replace(sheet, expects=self.expects) if self.expects else sheet


@dataclass(frozen=True)
class Trial:
    """One training: an arm and a seed.

    Args:
        arm: Name of the arm.
        seed: Seed id.
        folder: Where it leaves everything.
        argv: What comes behind `trickbench` on the command line.
        fingerprint: Of all that decides its result.
    """

    arm: str
    seed: int
    folder: Path
    argv: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True)
class Plan:
    """An ablation with its arms and trials."""

    ablation: Ablation
    arms: tuple[Arm, ...]
    trials: tuple[Trial, ...]
    folder: Path

    def merged(self, arm: Arm) -> Config:
        """The arm's layers as one config, without the defaults that only the classes know."""
        return functools.reduce(layers.merge, arm.contents)


def plan(ablation: Ablation, runs: Path = Path("runs")) -> Plan:
    """Work out arms and trials; trains nothing and imports no torch.

    Raises:
        UserError: If a file is unknown, two tricks set one key, two are the same, or one changes nothing or does not
            fit the task.
    """
    arms = alone(ablation)
    folder = runs / ablation.name
    trials = tuple(trial for arm in arms for trial in _trials(ablation, arm, folder))
    planned = Plan(ablation, arms, trials, folder)
    refuse_no_ops(planned, planned.merged)
    return planned


def alone(ablation: Ablation) -> tuple[Arm, ...]:
    """The design `alone`: the baseline, the baseline with each trick, and the placebo where it is asked for."""
    seeds = tuple(ablation.seeds)
    baseline = layers.find("baselines", ablation.baseline, ablation.file.parent)
    common: tuple[Path | Config, ...] = (baseline, ablation.set) if ablation.set else (baseline,)
    slots = [[layers.find("tricks", name, ablation.file.parent) for name in slot] for slot in ablation.slots]
    _check(slots, layers.read_yaml(baseline), ablation)
    arms = [Arm(BASELINE, common, seeds)]
    arms += [Arm(t.stem, (*common, t), seeds, ablation.expects.get(t.stem)) for slot in slots for t in slot]
    if ablation.placebo:
        fresh = tuple(seed + max(seeds) + 1 for seed in range(len(seeds)))
        arms.append(Arm(PLACEBO, common, fresh))
    return tuple(arms)


def _check(slots: Sequence[Sequence[Path]], baseline: Config, ablation: Ablation) -> None:
    file = ablation.file
    contents = {trick: layers.read_yaml(trick) for slot in slots for trick in slot}
    names = [BASELINE, PLACEBO, *(trick.stem for slot in slots for trick in slot)]
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"{file}: two arms would be called {name!r}; rename the trick's file")
    unknown = sorted(ablation.expects.keys() - set(names[2:]))
    if unknown:
        raise UserError(f"{file}: expects names {unknown[0]!r}, which is none of its tricks: {', '.join(names[2:])}")
    for trick, content in contents.items():
        if not layers.settings(content):
            raise UserError(f"{trick}: the trick sets no key, so it changes nothing")
        _check_task(trick, content, baseline)
    for (one, first), (other, second) in itertools.combinations(contents.items(), 2):
        if layers.settings(first) == layers.settings(second):
            raise UserError(f"the tricks {one.stem} and {other.stem} are the same: nothing could tell them apart")
        shared = layers.shared_keys(first, second)
        if shared and not any(one in slot and other in slot for slot in slots):
            raise UserError(
                f"the tricks {one.stem} and {other.stem} both set {shared[0]}; if they are alternatives, write them "
                f"as a list of their own: [{one.stem}, {other.stem}]"
            )


def refuse_no_ops(planned: Plan, config: Callable[[Arm], Config]) -> None:
    """Refuse an arm whose config is the baseline's.

    Raises:
        UserError: Names the trick and what it sets.
    """
    baseline = config(planned.arms[0])
    for arm in planned.arms[1:]:
        if arm.name != PLACEBO and config(arm) == baseline:
            keys = ", ".join(layers.settings(arm.contents[-1]))
            raise UserError(f"the trick {arm.name} changes nothing: the baseline already has {keys} as it sets them")


def _check_task(trick: Path, content: Config, baseline: Config) -> None:
    task = str(baseline.get("model", {}).get("class_path", "")).rsplit(".", 1)[-1].lower()
    tasks = about(content, trick).tasks
    if task not in tasks:
        fits = ", ".join(tasks)
        raise UserError(f"{trick}: the trick is for {fits}, but the baseline's task is {task or 'not said'}")


def _trials(ablation: Ablation, arm: Arm, folder: Path) -> list[Trial]:
    digest = _digest([arm.contents, ablation.threads])
    common = [word for layer in arm.layers for word in ("--config", _word(layer))]
    trials = []
    for seed in arm.seeds:
        place = folder / arm.name / f"seed-{seed}"
        argv = ("fit", *common, *_flags(seed_everything=seed, threads=ablation.threads), *_quiet(place))
        trials.append(Trial(arm.name, seed, place, argv, _digest([digest, seed])))
    return trials


def _word(layer: Path | Config) -> str:
    return str(layer) if isinstance(layer, Path) else json.dumps(layer)


def _flags(**values: object) -> list[str]:
    return [f"--{name}={value}" for name, value in values.items()]


def _quiet(folder: Path) -> list[str]:
    quiet = [f"--trainer.{name}=false" for name in ("enable_progress_bar", "enable_model_summary")]
    return [f"--trainer.default_root_dir={folder}", *quiet]


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
