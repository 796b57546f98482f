"""An ablation whose trials are logged to W&B: said, and looked at, before the first is trained."""

from typing import Any

from experiments import tracking
from experiments.errors import UserError
from experiments.plan.planned import Plan


def tracked_line(planned: Plan) -> list[str]:
    """Where the runs go, in a line; none where they are not logged.

    Raises:
        UserError: If an arm's config has a run of W&B already.
    """
    project = planned.ablation.wandb
    if not project:
        return []
    for arm in planned.arms:
        if _has_run(arm.merged.get("trainer", {})):
            raise UserError(f"--wandb: the config of {arm.name} names a WandbLogger, too; leave one of the two out")
    why = tracking.why_offline()
    tracking.leave()  # else the trials would share this process's service, and end with it
    return [tracking.told(project, why, str(planned.folder / "*/seed-*"))]


def _has_run(trainer: dict[str, Any]) -> bool:
    loggers = trainer.get("logger")
    every = loggers if isinstance(loggers, list) else [loggers]
    named = [each.get("class_path") if isinstance(each, dict) else each for each in every]
    return any(isinstance(name, str) and name.rpartition(".")[2] == "WandbLogger" for name in named)
