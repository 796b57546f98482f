"""An ablation that is tuned, with folders as its trials leave them, and no training."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from experiments.declare.ablation import read_ablation
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.plan.trials import make_plan
from experiments.results.tuning import tuned
from experiments.run import costs
from experiments.run.budgets import budgeted
from experiments.run.shared import link
from experiments.steer.rounds import due
from tests.experiments import tiny

LR, WEIGHT = "model.init_args.optimizer.init_args.lr", "model.init_args.optimizer.init_args.weight_decay"
TRICKS = {
    "focal": tiny.model(loss={"class_path": "Focal", "init_args": {"gamma": 1.0}}),
    "adamw": tiny.model(optimizer={"class_path": "torch.optim.AdamW", "init_args": {"lr": 0.01, "weight_decay": 0.1}}),
    "hot": tiny.model(optimizer={"init_args": {"lr": 0.5}}),
}
TUNE = {"grid": {LR: [0.05, 0.2, 0.4]}, "seeds": 2, "own": {"adamw": {LR: [0.001, 0.01, 0.1]}}}


def declare(folder: Path, **keys: Any) -> Plan:
    """An ablation of two tricks that is tuned, with these keys; as far as it is known."""
    tiny.write(folder, "base.yaml", tiny.BASELINE)
    for name, content in TRICKS.items():
        tiny.write(folder, f"{name}.yaml", content)
    content = {
        "baseline": "base.yaml",
        "tricks": ["focal.yaml", "adamw.yaml"],
        "sesoi": 0.02,
        "seeds": 3,
        "tune": TUNE,
        **keys,
    }
    tiny.write(folder, "a.yaml", {key: value for key, value in content.items() if value is not None})
    return again(folder)


def again(folder: Path) -> Plan:
    return tuned(budgeted(make_plan(read_ablation(str(folder / "a.yaml")), folder / "runs")))


def finish(trial: Trial, value: float | None) -> None:
    """Leave what a trial leaves that ended with a score, or that diverged."""
    trial.folder.mkdir(parents=True, exist_ok=True)
    link(trial)
    ended = (
        {"status": "diverged", "metrics": {}} if value is None else {"status": "done", "metrics": {"val/miou": value}}
    )
    result = {**ended, "made_from": trial.origin.record, "cost": {}, "versions": {}}
    (trial.folder / "result.json").write_text(json.dumps(result))
    (trial.folder / "metrics.csv").write_text("epoch,step,val/miou\n0,4,0.1\n")


def finish_all(plan: Plan, value: Callable[[Trial], float | None]) -> None:
    for trial in due(plan, {arm.name for arm in plan.arms}):
        finish(trial, value(trial))


def settings(plan: Plan) -> dict[str, list[Any]]:
    """Arm → the learning rates that it is tried with."""
    found: dict[str, list[Any]] = {}
    for arm in plan.arms:
        if arm.tunes:
            found.setdefault(arm.plain, []).append(arm.merged["model"]["init_args"]["optimizer"]["init_args"]["lr"])
    return found


def rate(plan: Plan, arm: str) -> Any:
    return plan.arm(arm).merged["model"]["init_args"]["optimizer"]["init_args"]["lr"]


def measure(plan: Plan, name: str, flops: int) -> None:
    arm = plan.arm(name)
    figures = {
        "parameters": 9,
        "flops": 9,
        "steps": 8,
        "seconds": 60.0,
        "seconds_per_step": 1.0,
        "flops_per_step": flops,
    }
    step = {"batches_per_step": 1, "steps_per_epoch": 4, "validation_seconds": 0.0}
    made = {"layers": arm.contents, "code": arm.code.modules, "metrics": [], "first_steps": [], "config": arm.merged}
    costs.path(plan, arm).parent.mkdir(parents=True, exist_ok=True)
    costs.path(plan, arm).write_text(json.dumps({**made, **figures, **step}))
