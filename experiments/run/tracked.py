"""An ablation whose trials are logged: looked at before the first is trained, and said where it is to W&B."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from experiments import tracking
from experiments.errors import UserError
from experiments.plan.planned import Plan

NEEDS = {  # of Lightning's loggers: packages of which one must be there, and what brings it
    "TensorBoardLogger": (("tensorboard", "tensorboardX"), "trickbench[tensorboard]"),
    "MLFlowLogger": (("mlflow",), "trickbench[mlflow]"),
    "CometLogger": (("comet_ml",), "comet-ml"),
}


def refuse_lacking(planned: Plan) -> None:
    """Refuse a logger whose package is not installed: every trial would fail of it.

    Raises:
        UserError: Names the arm, the logger and what to install.
    """
    for arm in planned.arms:
        for name in _loggers(arm.merged.get("trainer", {})):
            packages, install = NEEDS.get(name, ((), ""))
            if packages and not any(map(find_spec, packages)):
                raise UserError(f"{arm.name}: {name} needs {packages[0]}, which is missing: pip install '{install}'")


def tracked_line(planned: Plan) -> list[str]:
    """Where the runs go, in a line; none where they are not logged.

    Raises:
        UserError: If an arm's config has a run of W&B already.
    """
    project = planned.ablation.wandb
    if not project:
        return []
    for arm in planned.arms:
        if "WandbLogger" in _loggers(arm.merged.get("trainer", {})):
            raise UserError(f"--wandb: the config of {arm.name} names a WandbLogger, too; leave one of the two out")
    why = tracking.why_offline()
    tracking.leave()  # else the trials would share this process's service, and end with it
    return [tracking.told(project, why, str(planned.folder / "*/seed-*"))]


def _loggers(trainer: dict[str, Any]) -> Iterator[str]:
    """The classes of a trainer's loggers, without their modules."""
    loggers = trainer.get("logger")
    for each in loggers if isinstance(loggers, list) else [loggers]:
        name = each.get("class_path") if isinstance(each, dict) else each
        if isinstance(name, str):
            yield name.rpartition(".")[2]
