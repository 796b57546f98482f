"""How long trials train, where a budget says it and not their configs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.declare import configs
from experiments.declare.ablation import Ablation
from experiments.declare.configs import Config
from experiments.errors import UserError
from experiments.plan.arms import Arm

SET_BY_BUDGET = ("max_epochs", "max_steps", "min_epochs", "min_steps", "max_time")  # of a trainer


def words(arm: Arm) -> list[str]:
    """What a trial's command line says of its length: nothing without a budget, or before its steps are known."""
    return [f"trainer.max_steps={arm.steps}", "trainer.max_epochs=-1"] if arm.steps else []


def refuse_lengths(ablation: Ablation, tricks: Sequence[Path]) -> None:
    """Refuse a config over the baseline that says how long a trial trains, under a budget that says it for all.

    Raises:
        UserError: Names where, the key and the budget.
    """
    said: dict[str, Config | Path] = {f"{ablation.file}: set": ablation.set, **{str(file): file for file in tricks}}
    said |= {f"{ablation.file}: condition {name}": layer for name, layer in ablation.conditions.items()}
    if tune := ablation.tune:
        said[f"{ablation.file}: tune"] = {key: None for grid in (tune.grid, *tune.own.values()) for key in grid}
    for where, layer in said.items() if ablation.budget else ():
        for key in configs.settings(configs.read_yaml(layer) if isinstance(layer, Path) else layer):
            if key.removeprefix("trainer.").partition(".")[0] in SET_BY_BUDGET:
                raise UserError(f"{where}: {key} must not be set: the budget of {ablation.budget} says it for all")


def seconds(measured: Mapping[str, Any], steps: float) -> float:
    """Estimate for a trial of so many optimizer steps, validated after each epoch."""
    validations = max(1, math.ceil(steps / measured["steps_per_epoch"]))
    trained = steps * measured["batches_per_step"] * measured["seconds_per_step"]
    return float(trained + validations * measured["validation_seconds"])
