"""Loggers of a trial: named after it, whole, and closed with how it ended."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers import CSVLogger, Logger, MLFlowLogger, TensorBoardLogger, WandbLogger

from experiments import tracking
from experiments.declare.words import config_files
from experiments.files import read_json
from experiments.folder import ENDS, TRIAL, State

LONGEST_TAG = 64  # characters that W&B takes


def loggers_of(folder: Path, words: Sequence[str]) -> Callable[..., Logger]:
    """What makes the loggers of a trial from their classes and the arguments that its config gives them.

    The config itself stays as it was written: who repeats it elsewhere gets a run of its own.

    Args:
        folder: The trial's; `save_dir: .` means it.
        words: Its command line, whose first config is the baseline; the others are tricks.
    """
    trains = list(words[:1]) == ["fit"]  # a `test` of its checkpoint must not go on with the trial's run
    trial, tricks = identity(folder) if trains else {}, [config.stem for config in config_files(words)[1:]]

    def make(kind: type[Logger], **asked: Any) -> Logger:
        if issubclass(kind, WandbLogger):
            folder.mkdir(parents=True, exist_ok=True)  # W&B would go elsewhere
            # A None of the config's would overwrite what Lightning sets, such as resume="allow".
            asked = {**_run(trial), **{name: value for name, value in asked.items() if value is not None}}
            asked["tags"] = _tags(trial, [*(asked.get("tags") or ()), *tricks])
        elif trial and issubclass(kind, MLFlowLogger):
            asked["run_name"] = asked.get("run_name") or _name(trial)
            own = {name: str(trial[name]) for name in ("ablation", "arm", "seed")}
            asked["tags"] = {**own, **(asked.get("tags") or {})}
        elif trial and issubclass(kind, CSVLogger | TensorBoardLogger) and asked.get("version") is None:
            # Two trials at once would count to the same one.
            asked["version"] = f"{trial['arm'].replace('/', '-')}-seed-{trial['seed']}"
        if str(asked.get("save_dir")) == ".":
            asked["save_dir"] = str(folder)
        return kind(**asked)

    return make


def identity(folder: Path) -> dict[str, Any]:
    """What the folder is for; empty where it is not a trial of an ablation."""
    content = read_json(folder / TRIAL) or {}
    return content if "ablation" in content else {}


def _run(trial: Mapping[str, Any]) -> dict[str, str]:
    """Names of a W&B run; a resumed trial continues its run, and one by other code has another."""
    if not trial:
        return {}
    return {
        "id": tracking.run_id(trial),
        "name": _name(trial),
        "group": trial["ablation"],
        "job_type": trial["arm"],
    }


def _name(trial: Mapping[str, Any]) -> str:
    return f"{trial['arm']}/seed-{trial['seed']}"


def _tags(trial: Mapping[str, Any], more: Sequence[str]) -> list[str]:
    """The arm, its condition and what it is under that, the seed, and more."""
    own = [trial["arm"], *trial["arm"].split("/"), f"seed-{trial['seed']}"] if trial else []
    return list(dict.fromkeys(tag[:LONGEST_TAG] for tag in (*own, *more)))


def add_run(cli: Any, project: str) -> None:
    """Let a fit that is built be logged to a project of W&B, too; see `wandb_run.attach`."""
    from experiments.trial.tracking import wandb_run  # W&B takes a second

    wandb_run.attach(cli, project)


def log_again(loggers: Iterable[Logger], rows: Iterable[Mapping[str, float]]) -> None:
    """Log the rows of a resumed trial's earlier processes, with the values that they had.

    A kill loses what a logger had not flushed, and an offline run or a CSV file begins anew with each process: so the
    last of them holds the whole history, and an online run holds some rows twice.
    """
    for row in rows:
        metrics = {name: value for name, value in row.items() if name != "step"}
        for logger in loggers:
            logger.log_metrics(metrics, step=int(row["step"]) - 1)  # Lightning logs an epoch at its last batch's index
            logger.save()


def links() -> list[str]:
    """The address of this process's W&B run, if it has one; an offline one has none."""
    run = getattr(sys.modules.get("wandb"), "run", None)
    return [run.url] if run is not None and not run.offline and run.url else []


def close(code: int) -> None:
    """End this process's W&B run, if it has one: with the exit code, and the trial's state in its summary.

    Lightning leaves that to an exit handler, which knows neither.
    """
    wandb = sys.modules.get("wandb")
    if wandb is not None and wandb.run is not None:
        wandb.run.summary["status"] = str(ENDS.get(code, State.FAILED))
        wandb.run.finish(exit_code=code)
