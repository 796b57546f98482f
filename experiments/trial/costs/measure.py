"""Costs of an arm: built for real and trained for a few steps."""

import contextlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.loggers.logger import DummyLogger
from torch.utils.flop_counter import FlopCounterMode

from experiments.files import write_whole
from experiments.plan import lengths
from experiments.trial import train
from experiments.trial.callbacks.divergence import Diverged
from experiments.trial.callbacks.record import TrialRecord
from experiments.trial.costs.bfloat16 import refuse_emulated
from experiments.trial.costs.meter import Meter, StopAfter, sums
from experiments.trial.costs.reach import Reach
from experiments.trial.data.look import look_at

Seen = Callable[[Any], dict[str, Any]]
VALIDATED = 2  # batches, at most
EVERY_EPOCH = {"check_val_every_n_epoch": 1, "val_check_interval": 1.0}  # so that metrics are there
# One device says what a step costs; Lightning would start others by a command line that knows nothing of measuring.
ALONE = {"devices": 1, "num_nodes": 1, "strategy": "auto", "logger": False}


class Short(train.TrainCLI):
    """An arm, built for a few steps on one device.

    Args:
        words: Its command line.
        scratch: Folder that takes the place of its own.
    """

    def __init__(self, words: list[str], scratch: str) -> None:
        self.scratch = scratch
        super().__init__(words, run=False)

    def before_instantiate_classes(self) -> None:
        """Keep the config as it was given, and change what is built of it."""
        self.given = self.config.clone()
        for key, value in {**ALONE, **EVERY_EPOCH, "default_root_dir": self.scratch}.items():
            self.config.trainer[key] = value
        super().before_instantiate_classes()


def measure_arm(argv: list[str], made_from: dict[str, Any], out: Path, seconds: float = 0.0) -> int:
    """Resolve, build and train one arm for a few steps; write what that showed.

    Args:
        argv: A trial's command line.
        made_from: The arm's layers and code, kept beside the figures to know later whether they still hold.
        out: JSON file to write.
        seconds: How long steps are timed at least, within an epoch.

    Returns:
        0, or 2 on bad input, said in one line.
    """
    return train.guarded(lambda: _measure(argv, made_from, out, seconds, lambda data: {}))


def measure_baseline(argv: list[str], made_from: dict[str, Any], out: Path, seconds: float = 0.0) -> int:
    """The same of a baseline, whose data are read once before: what is broken ends no trial after an epoch of it."""
    return train.guarded(lambda: _measure(argv, made_from, out, seconds, lambda data: {"data": look_at(data)}))


def _measure(argv: list[str], made_from: dict[str, Any], out: Path, seconds: float, seen: Seen) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        cli = Short(argv[1:], scratch)
        trainer: Any = cli.trainer
        refuse_emulated(trainer)
        of_data = seen(cli.datamodule)
        config = json.loads(cli.parser.dump(cli.given, skip_none=False, skip_validation=True, format="json"))
        if config["trainer"]["logger"]:  # a callback may insist on one; measuring is not to be logged
            trainer.loggers = [DummyLogger()]
        meter, reach = Meter(), Reach()
        trainer.callbacks = [meter, reach, *trainer.callbacks, end := StopAfter(meter, seconds)]
        limit, metrics = trainer.limit_val_batches, []
        trainer.limit_val_batches = min(limit, VALIDATED) if isinstance(limit, int) or not limit else VALIDATED
        with contextlib.suppress(Diverged):  # that is a result, and its trials will say so
            trainer.fit(cli.model, datamodule=cli.datamodule)
            metrics = sorted(trainer.callback_metrics)
        shown = _report(cli, trainer, config, meter) | {"first_steps": end.sums or sums(cli.model)}
    with write_whole(out) as file:
        json.dump({**made_from, "metrics": metrics, "missed": sorted(reach.missed), **of_data, **shown}, file, indent=1)


def _report(cli: train.TrainCLI, trainer: Any, config: dict[str, Any], meter: Meter) -> dict[str, Any]:
    record = next(c for c in trainer.callbacks if isinstance(c, TrialRecord))
    devices = config["trainer"]["devices"]
    shares = config["trainer"]["num_nodes"] * (devices if isinstance(devices, int) and devices > 0 else 1)
    steps, batches = int(trainer.estimated_stepping_batches) // shares, trainer.accumulate_grad_batches
    del config["trainer"]["default_root_dir"]
    step = {
        "flops_per_step": meter.flops * shares,
        "batches_per_step": batches,
        "steps_per_epoch": max(1, trainer.num_training_batches / shares / batches),
        "seconds_per_step": meter.seconds,
        "batches_timed": len(meter.times),
        "validation_seconds": len(cli.datamodule.val_dataloader()) / shares * record.validation_seconds / VALIDATED,
    }
    return {
        "config": {key: value for key, value in config.items() if key not in ("about", "wandb")},
        "parameters": sum(p.numel() for p in cli.model.parameters() if p.requires_grad),
        "flops": _flops(cli.model, cli.datamodule),
        "gpu": record.memory.gpu(),
        **step,
        "steps": steps,
        "seconds": lengths.seconds(step, steps),
    }


def _flops(model: LightningModule, data: Any) -> int:
    """Floating-point operations of one forward pass on one image, by torch's counter (2 for a multiply-add)."""
    image = next(iter(data.val_dataloader()))["image"][:1]
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        model.eval()(image)
    return int(counter.get_total_flops())
