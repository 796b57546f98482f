"""An ablation as its YAML declares it."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.declare import configs
from experiments.declare.budget import Budget, read_budget
from experiments.declare.conditions import DIFFERENCE, Expected, read_conditions
from experiments.declare.configs import Config
from experiments.declare.keys import CHECKS, MOST_SEEDS, check_keys, is_whole
from experiments.declare.sheet import Expectation
from experiments.declare.target import STEPS, Target
from experiments.declare.tune import TUNED, UNTUNED, Tune, read_tune
from experiments.errors import UserError

RACED = ("alone", "without", "path")
LOOKS = [3, 5, 8]


@dataclass(frozen=True)
class Ablation:
    """An ablation as it is declared.

    Args:
        name: Name of its folder under runs; that of the file by default.
        baseline: Baseline YAML: a name in experiments/baselines, or a path seen from the ablation's file.
        tricks: Trick YAMLs, likewise from experiments/tricks. A list inside the list holds alternatives: tricks for
            the same keys, of which an arm takes at most one.
        sesoi: Smallest effect that matters to you, on the metric's scale.
        seeds: Seed ids; a number means that many from 0. Without, `alone` and `without` are raced and others get three.
        looks: Of a race: how many seeds each arm has when it is judged, and stopped or given more; none are raced where
            there are seeds.
        metric: The one metric that verdicts are about; `steps_to_target` for who gets there first.
        higher_is_better: Its direction.
        failure_value: What a diverged run scores, and with `steps_to_target` one that never reaches the target.
        target: A metric and a bound; every trial then tells after how many steps it was reached.
        design: Which arms are compared: a name of `DesignName`, or several; arms that are the same are trained once.
        placebo: Run the baseline once more on fresh seeds, as an arm that must not come out as a trick.
        threads: Threads of torch in each trial.
        set: A layer between the baseline and the tricks, the same in every arm.
        expects: What is expected of a trick here, where that is not its sheet's claim; or a mapping of conditions to
            that, in which `difference` is the effect under the second condition minus that under the first.
        shows: Conditions that its data and training show and that claims speak of, see `holds_when`.
        conditions: Layers between `set` and the tricks, each under a name: every arm is trained under each of them.
        budget: What every training may spend, instead of the epochs of its config.
        tune: The grid in which every arm finds its setting; arms are then `untuned` and `tuned`, as under conditions.
        launcher: What starts its trials, alone or with arguments; decides nothing about them.
        wandb: Project of W&B that its trials are logged to, said by the command line; decides nothing about them.
    """

    name: str
    baseline: str
    tricks: list[Any]
    sesoi: float
    seeds: list[int] = dataclasses.field(default_factory=lambda: [0, 1, 2])
    looks: list[int] = dataclasses.field(default_factory=list)
    metric: str = "val/miou"
    higher_is_better: bool = True
    failure_value: float = 0.0
    target: Target | None = None
    design: str | list[str] = "alone"
    placebo: bool = False
    threads: int = 1
    set: dict[str, Any] = dataclasses.field(default_factory=dict)
    expects: dict[str, Expected] = dataclasses.field(default_factory=dict)
    shows: list[str] = dataclasses.field(default_factory=list)
    conditions: dict[str, Path | Config] = dataclasses.field(default_factory=dict)
    budget: Budget | None = None
    tune: Tune | None = None
    launcher: str | Config = ""
    wandb: str = ""
    file: Path = Path()

    @property
    def slots(self) -> list[list[str]]:
        """The tricks as lists of alternatives, most of them with one entry."""
        return [[str(name) for name in (entry if isinstance(entry, list) else [entry])] for entry in self.tricks]

    @property
    def designs(self) -> list[str]:
        """The designs as a list."""
        return self.design if isinstance(self.design, list) else [self.design]

    @property
    def path(self) -> bool:
        """Whether its arms are found step by step."""
        return self.designs == ["path"]

    def expected(self, trick: str, condition: str = "") -> Expectation | None:
        """What it expects of a trick under a condition, or of a difference; None if it says nothing of that."""
        said = self.expects.get(trick)
        if isinstance(said, dict):
            return said.get(condition)
        return None if condition == DIFFERENCE else said

    def differs(self, trick: str) -> bool:
        """Whether it declares how the effect of a trick differs between its conditions."""
        return self.expected(trick, DIFFERENCE) is not None

    @property
    def curve(self) -> tuple[str, bool]:
        """The metric whose course over the epochs is shown, and whether higher is better."""
        if self.metric == STEPS and self.target:
            return self.target.metric, self.target.higher_is_better
        return self.metric, self.higher_is_better


def read_ablation(name: str) -> Ablation:
    """Read and check an ablation, given by path or by its name in experiments/ablations.

    Raises:
        UserError: Names the file, the key, the value and what would be right.
    """
    file = configs.find("ablations", name)
    content = {"name": file.stem, **configs.read_yaml(file)}
    if content.get("seeds") and is_whole(content["seeds"], MOST_SEEDS):
        content["seeds"] = list(range(content["seeds"]))
    check_keys(content, file)
    configs.refuse_foreign(content, file)
    if "target" in content:
        content["target"] = Target(**content["target"])
    content["tune"] = read_tune(content, file)
    if content["tune"]:
        content["conditions"] = {UNTUNED: {}, TUNED: {}}
    content["conditions"], content["budget"] = read_conditions(content, file), read_budget(content)
    ablation = Ablation(**{**content, **_seeds_of_a_race(file, content)}, file=file)
    _check_direction(ablation, content)
    return ablation


def _seeds_of_a_race(file: Path, content: Config) -> dict[str, list[int]]:
    """Looks, and the most seeds that an arm may get, of an ablation that is raced; nothing for one of fixed seeds."""
    designs = content.get("design", "alone")
    other = [name for name in (designs if isinstance(designs, list) else [designs]) if name not in RACED]
    if "looks" in content and ("seeds" in content or other):
        why = "seeds fixes how many there are" if "seeds" in content else f"{other[0]} is not raced"
        raise UserError(f"{file}: looks are those of a race, and {why}; leave one of them out")
    if "seeds" in content or other:
        return {}
    looks = content.get("looks", LOOKS)
    return {"looks": looks, "seeds": list(range(looks[-1]))}


def _check_direction(ablation: Ablation, content: Config) -> None:
    """Refuse a metric whose direction, or whose score of a failure, cannot be as the ablation says."""
    if ablation.metric == STEPS:
        _check_steps(ablation)
    elif ablation.metric.rpartition("/")[2] == "loss":
        _check_loss(ablation)
    if not ablation.higher_is_better and "failure_value" not in content:
        why = "what a diverged run scores where lower is better"
        raise UserError(f"{ablation.file}: the key 'failure_value' is missing: {why}")


def _check_steps(ablation: Ablation) -> None:
    """Refuse what would turn a verdict about steps on its head: the defaults are made for a score."""
    if ablation.target is None:
        raise UserError(f"{ablation.file}: the key 'target' is missing: {CHECKS['target'][1]}")
    if ablation.higher_is_better:
        raise UserError(f"{ablation.file}: fewer steps are better: higher_is_better must be false, got true")
    if ablation.failure_value <= 0:
        wanted = "the steps that a run scores which never reaches the target, its length or more"
        raise UserError(f"{ablation.file}: failure_value must be {wanted}, got {ablation.failure_value:g}")


def _check_loss(ablation: Ablation) -> None:
    """Refuse what would turn a verdict about a loss on its head."""
    if ablation.higher_is_better:
        raise UserError(
            f"{ablation.file}: a lower {ablation.metric} is better: higher_is_better must be false, got true"
        )
    if ablation.failure_value <= 0:
        wanted = f"a bad {ablation.metric}, above 0: a diverged run scores it"
        raise UserError(f"{ablation.file}: failure_value must be {wanted}, got {ablation.failure_value:g}")
