"""What verdicts are about."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from experiments.declare.changes import diff
from experiments.folder import State
from experiments.plan.planned import Plan
from experiments.results.study import Study

NAMED = Path(__file__).parents[2] / "datamodules" / "named"  # read and not imported, since that imports torch


def describe_scope(study: Study) -> dict[str, str]:
    """What the verdicts are about: baseline, data and length of training."""
    plan = study.plan
    configs = [arm.merged for arm in plan.baselines]
    data = dict.fromkeys(_called(config.get("data", {})) for config in configs)
    lengths = dict.fromkeys(_length(config.get("trainer", {})) for config in configs)
    return {
        "baseline": Path(plan.ablation.baseline).stem,
        "set": set_beside(plan),
        "data": _listed(data, "or"),
        "length": _spent(plan) or _listed(lengths, "or"),
        "conditions": _listed(plan.ablation.conditions, "and"),
        "left_out": ", ".join(left_out(study)),
    }


def set_beside(plan: Plan) -> str:
    """What `set` changes in the baseline's file, of all arms; where its data lie is no such change."""
    changes = diff(plan.arms[0].contents[0], plan.ablation.set)
    told = [f"{key}: {before} → {after}" for key, before, after in changes if before != after and key != "data.root"]
    return "; ".join(told)


def _listed(names: Iterable[str], word: str) -> str:
    *first, last = [*names] or [""]
    return f"{', '.join(first)} {word} {last}" if first else last


def _called(data: Mapping[str, Any]) -> str:
    """As the user calls the data: by their folder; data sets with a name of their own by that."""
    kind = str(data.get("class_path", "its data")).rsplit(".", 1)[-1]
    root = (data.get("init_args") or {}).get("root")
    public = any(f"class {kind}(" in file.read_text(encoding="utf-8") for file in NAMED.glob("*.py"))
    return kind if public or not isinstance(root, str) else Path(root).name.strip(".") or kind


def left_out(study: Study) -> list[str]:
    """Classes that no trial has a number for, by the primary metric's split: its ground truth lacks them."""
    split = study.plan.ablation.metric.split("/")[0]
    done = [row for row in study.rows if row["status"] == State.DONE]
    names = [name for name in (done[0] if done else ()) if name.startswith(f"{split}/") and name.count("/") > 1]
    lacking = [name for name in names if all(math.isnan(row.get(name, math.nan)) for row in done)]
    return list(dict.fromkeys(name.split("/", 2)[2] for name in lacking))


def _spent(plan: Plan) -> str:
    """What every training spends, and in how many steps; empty without a budget."""
    budget, steps = plan.ablation.budget, [arm.steps for arm in plan.arms if arm.steps]
    if budget is None or not (budget.measured and steps):
        return str(budget or "")
    return f"{budget} ({min(steps):,} to {max(steps):,} steps)"


def _length(trainer: dict[str, Any]) -> str:
    for key, unit in (("max_epochs", "epoch"), ("max_steps", "step")):
        if isinstance(trainer.get(key), int) and trainer[key] > 0:
            return f"{trainer[key]:,} {unit}{'s' * (trainer[key] > 1)}"
    return "the trainer's default length"
