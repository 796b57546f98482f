"""A training as a run of W&B. What is logged there besides its metrics leaves no trace in the training or its files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import wandb
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.loggers import WandbLogger
from lightning.pytorch.utilities import rank_zero_only

from datamodules import DenseData
from experiments import tracking
from experiments.errors import UserError
from experiments.plan.origin import digest
from experiments.trial.tracking import loggers
from experiments.trial.tracking.shown import as_image
from lightning_modules.callbacks import GradientMonitor
from lightning_modules.tasks.base import DenseModule

if TYPE_CHECKING:
    from experiments.trial.train import TrainCLI

LOOKS = 50  # at gradients and rates, in a run
IMAGES, EVERY = 4, 5  # validation images that are shown, and the epochs from one time to the next
# W&B's own patience with a server that is gone holds the end of a run up for hours; all is on disk.
PATIENCE: dict[str, Any] = {
    "x_file_stream_retry_max": 8,
    "x_file_transfer_retry_max": 8,
    "x_graphql_retry_max": 8,
    "init_timeout": 60,
}


class TrialRun(WandbLogger):
    """A run whose steps are optimizer steps: all that is logged at one is a row, as in metrics.csv.

    A resumed run takes no step twice. What the server refuses is kept on disk.
    """

    @property
    def experiment(self) -> Any:
        """W&B's run; begun when it is first asked for."""
        try:
            return super().experiment
        except wandb.errors.Error as error:
            print(tracking.told("", str(error).split("\n", 1)[0], str(self.save_dir)), flush=True)
            tracking.leave()  # its service takes the id for one in use
            self._wandb_init["mode"] = "offline"
            return super().experiment

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Log values; those of a step that the run has from an earlier process are left out."""
        if step is None or step >= self.experiment.starting_step:
            self.experiment.log({**metrics, "trainer/global_step": step}, step=step)


class Monitor(GradientMonitor):
    """Logs gradients, updates and learning rates to a run alone, some dozens of times.

    Lightning's LearningRateMonitor would put the rates into the training's metrics, and so into metrics.csv.
    """

    def __init__(self, run: TrialRun) -> None:
        super().__init__()
        self.run = run

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        # Not at every step of a short run either: what a step costs is their median.
        self.every = max(4, getattr(pl_module, "total_steps", 1000) // LOOKS)

    def state_dict(self) -> dict[str, Any]:
        return {}  # checkpoints are those of a training that is not logged

    def tell(self, trainer: Trainer, pl_module: LightningModule, looked: Mapping[str, float]) -> None:
        """Log what one look showed."""
        rates = [group["lr"] for group in trainer.optimizers[0].param_groups]
        named = {"lr": rates[0]} if len(set(rates)) == 1 else {f"lr/{i}": rate for i, rate in enumerate(rates)}
        self.run.log_metrics({**looked, **named}, step=trainer.global_step - 1)


class Predictions(Callback):
    """Shows the first images of the validation data with their truth and what is predicted, every few epochs."""

    def __init__(self, run: TrialRun) -> None:
        self.run = run

    @rank_zero_only
    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        due = trainer.current_epoch % EVERY == 0 or trainer.should_stop  # which it does at the last
        if batch_idx or trainer.sanity_checking or not due:
            return
        few = {name: value[:IMAGES] for name, value in batch.items()}
        with trainer.precision_plugin.forward_context():
            predicted = pl_module.predict_step(few, batch_idx)
        images = [as_image(pl_module, few, i, prediction) for i, prediction in enumerate(predicted)]
        self.run.log_metrics({"predictions": images}, step=trainer.global_step - 1)


def attach(cli: TrainCLI, project: str) -> None:
    """Let a fit that is built be logged as a run.

    Args:
        cli: The fit; its folder is that of an ablation's trial, or any.
        project: Of W&B.

    Raises:
        UserError: If no project can be called so, or the config has a run of W&B already.
    """
    trainer: Any = cli.trainer
    if trainer.fast_dev_run:
        return
    if any(isinstance(logger, WandbLogger) for logger in trainer.loggers):
        raise UserError("--wandb: the config names a WandbLogger, too; leave one of the two out")
    run = _run(cli, *tracking.split(tracking.project(project)))
    trainer.loggers = [*trainer.loggers, run]
    shows = isinstance(cli.model, DenseModule) and isinstance(cli.datamodule, DenseData)
    trainer.callbacks += [Monitor(run), *([Predictions(run)] if shows else [])]


def _run(cli: TrainCLI, entity: str | None, name: str) -> TrialRun:
    folder, why = Path(cli.trainer.default_root_dir), ""
    if cli.trainer.is_global_zero:  # the others log nothing
        why = tracking.why_offline()
        print(tracking.told(f"{entity}/{name}" if entity else name, why, str(folder)), flush=True)
    here = folder.resolve()
    own = {} if loggers.identity(folder) else {"id": digest([cli.made_from, str(here)])[:16], "name": here.name}
    make = loggers.loggers_of(folder, cli.words)
    settings = wandb.Settings(**PATIENCE)
    logger = make(
        TrialRun,
        project=name,
        entity=entity,
        save_dir=str(folder),
        mode="offline" if why else None,
        settings=settings,
        **own,
    )
    return cast(TrialRun, logger)
