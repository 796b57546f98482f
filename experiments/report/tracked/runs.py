"""An ablation's runs in W&B, as its trials' folders tell of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments import tracking
from experiments.files import read_json
from experiments.folder import TRIAL
from experiments.plan.arms import Trial

if TYPE_CHECKING:
    from experiments.plan.planned import Plan


@dataclass(frozen=True)
class Logged:
    """A trial that has a run.

    Args:
        trial: The trial.
        id: Of its run.
        own: Whether the run bears the names of this ablation and arm; another ablation may have trained it.
        project: That it was logged to; empty where its config says that.
        waits: Whether it is on disk alone.
    """

    trial: Trial
    id: str
    own: bool
    project: str
    waits: bool


def logged(plan: Plan) -> list[Logged]:
    """The trials of arms that are compared, as far as they have runs."""
    arms = {arm.name for arm in plan.settled}
    found = (_logged(trial, plan.ablation.name) for trial in plan.trials if trial.arm in arms)
    return [each for each in found if each]


def run_filter(runs: list[Logged], ablation: str) -> Any:
    """What picks these runs out of a project: the ablation's group and arms, and by their ids those of others."""
    from wandb_workspaces import expr

    arms = list(dict.fromkeys(each.trial.arm for each in runs))
    group = expr.And(expr.Metric("Group") == ablation, expr.Metric("JobType").isin(arms))
    others = [each.id for each in runs if not each.own]
    return expr.Or(group, expr.Metric("ID").isin(others)) if others else group


def _logged(trial: Trial, ablation: str) -> Logged | None:
    """Nothing if it was not logged."""
    said = read_json(trial.folder / TRIAL) or {}
    last = (trial.folder / "wandb/latest-run").resolve()  # of a trial that was resumed it holds the whole history
    if "fingerprint" not in said or not last.is_dir():
        return None
    words = [word.partition("=")[2] for word in map(str, said.get("argv", [])) if word.startswith("--wandb=")]
    waits = last.name.startswith("offline-") and not [*last.glob("*.synced")]
    own = (said.get("ablation"), said.get("arm")) == (ablation, trial.arm)
    return Logged(trial, tracking.run_id(said), own, words[0] if words else "", waits)
