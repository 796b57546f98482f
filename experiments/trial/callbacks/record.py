"""The record of a trial: a row for each epoch, and its result."""

import csv
import json
import platform
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch import Callback, LightningModule, Trainer

from experiments import __version__, lease
from experiments.errors import UserError
from experiments.files import read_json, write_whole
from experiments.folder import METRICS, RESULT, TRIAL, State
from experiments.trial.callbacks.beginning import Beginning
from experiments.trial.callbacks.divergence import Diverged
from experiments.trial.callbacks.memory import PeakMemory
from experiments.trial.tracking.loggers import links, log_again


class TrialRecord(Callback):
    """Writes metrics.csv at every epoch and result.json at the end; both survive a resume.

    The rows travel in the checkpoint, so that a resumed trial goes on from the rows that its weights have seen.

    Args:
        made_from: What the training is made from; it is in the result and in every checkpoint.
    """

    def __init__(self, made_from: dict[str, Any]) -> None:
        self.made_from = made_from
        self.rows: list[dict[str, float]] = []
        self.measured: dict[str, float] = {}  # by the epoch's last validation
        self.trained = 0.0  # seconds before `started`
        self.started: float | None = None  # while it trains
        self.validation_seconds = 0.0
        self.step_seconds: list[float] = []

    def state_dict(self) -> dict[str, Any]:
        state = {"rows": self.rows, "measured": self.measured, "train_seconds": self.train_seconds}
        return state | {"seconds_per_step": self.seconds_per_step(), "made_from": self.made_from}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.rows, self.measured = state_dict["rows"], state_dict.get("measured", {})
        self.trained = state_dict["train_seconds"]
        self.step_seconds = [state_dict[name] for name in ["seconds_per_step"] if name in state_dict]
        before = state_dict.get("made_from")
        if before != self.made_from:  # a training that goes on from another's weights is neither of the two
            self.made_from = {**self.made_from, "resumed_from": before}

    @property
    def train_seconds(self) -> float:
        """Seconds of training so far, validation left out."""
        return self.trained + (0.0 if self.started is None else time.perf_counter() - self.started)

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.memory = PeakMemory(pl_module.device)
        path = Path(trainer.default_root_dir) / TRIAL
        if trainer.is_global_zero and (read_json(path) or {}).get("made_from") != self.made_from:
            with write_whole(path) as file:
                json.dump({"made_from": self.made_from}, file, indent=1)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.started = time.perf_counter()
        here = {"epoch": trainer.current_epoch, "step": trainer.global_step, **self.measured}
        log_again(trainer.loggers, [*self.rows, *([here] if self.measured else [])])

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        self.step_started = time.perf_counter()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self.step_seconds.append(time.perf_counter() - self.step_started)

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.trained, self.started = self.train_seconds, None
        self.validation_started = time.perf_counter()

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not trainer.sanity_checking:
            self.measured = _numbers(trainer, validation=True)
            self.started = time.perf_counter()
        self.validation_seconds = time.perf_counter() - self.validation_started

    def seconds_per_step(self) -> float:
        """Median seconds of a training step, loading left out; 0 before the first."""
        return statistics.median(self.step_seconds or [0.0])

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        trained = _numbers(trainer, validation=False)
        metrics = dict(sorted((trained | self.measured).items()))
        self._add_row(trainer, {"epoch": trainer.current_epoch, "step": trainer.global_step, **metrics})

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.trained, self.started = self.train_seconds, None
        if self.measured:  # by a validation after the last epoch's end
            here: dict[str, float] = {"epoch": trainer.current_epoch, "step": trainer.global_step}
            here |= _numbers(trainer, validation=False)
            last = next((row for row in self.rows[-1:] if row["step"] == trainer.global_step), here)
            self._add_row(trainer, last | self.measured)

    def _add_row(self, trainer: Trainer, row: dict[str, float]) -> None:
        # An epoch that `max_steps` cut short has a row already when the run goes on.
        self.rows = [*(kept for kept in self.rows if kept["epoch"] != row["epoch"]), row]
        self.measured = {}
        self._write_rows(trainer)

    def _write_rows(self, trainer: Trainer) -> None:
        if self.rows and trainer.is_global_zero:
            columns = list(dict.fromkeys(name for row in self.rows for name in row))
            lease.check(Path(trainer.default_root_dir))
            with write_whole(Path(trainer.default_root_dir) / METRICS) as file:
                writer = csv.DictWriter(file, columns, lineterminator="\n")
                writer.writeheader()
                writer.writerows(self.rows)

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.global_step == 0:
            raise UserError("nothing was trained: the run ended before its first step, see trainer.max_time")
        if not trainer.interrupted and not trainer.received_sigterm:
            self._write_result(trainer, pl_module, status=State.DONE)

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        if isinstance(exception, Diverged):
            self._write_result(trainer, pl_module, status=State.DIVERGED, reason=str(exception))

    def _write_result(self, trainer: Trainer, pl_module: LightningModule, **outcome: str) -> None:
        if not trainer.is_global_zero:
            return
        self._write_rows(trainer)  # whole again, should its file have been lost since the last epoch
        result = {
            **outcome,
            "metrics": {name: value for row in self.rows for name, value in row.items()},
            "cost": {
                "parameters": sum(p.numel() for p in pl_module.parameters() if p.requires_grad),
                "seconds_per_step": self.seconds_per_step(),
                "train_seconds": self.train_seconds,
                "peak_memory_mib": self.memory.mib(),
            },
            "made_from": self.made_from,
            "devices": trainer.world_size,
            **_beginning(trainer.callbacks),  # type: ignore[attr-defined]
            "versions": {
                "trickbench": __version__,
                "python": platform.python_version(),
                "torch": torch.__version__,
                "lightning": lightning.__version__,
            },
        }
        lease.check(Path(trainer.default_root_dir))
        with write_whole(Path(trainer.default_root_dir) / RESULT) as file:
            json.dump(result, file, indent=1)


def _beginning(callbacks: Sequence[Any]) -> dict[str, Any]:
    """What it started from, where it ran, and the pages that show it."""
    found = next((each for each in callbacks if isinstance(each, Beginning)), Beginning())
    return {"start": found.found, "places": found.places, "links": links()}


def _numbers(trainer: Trainer, validation: bool) -> dict[str, float]:
    """The metrics of now, those of validation or those of training."""
    metrics = trainer.callback_metrics.items()
    return {name: float(value) for name, value in metrics if name.startswith("val/") == validation}
