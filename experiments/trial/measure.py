"""Costs of an arm: built for real and trained for a few steps."""

import contextlib
import json
import tempfile
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.loggers.logger import DummyLogger
from torch.utils.flop_counter import FlopCounterMode

from experiments.declare.words import laid
from experiments.files import write_whole
from experiments.trial import train
from experiments.trial.divergence import Diverged
from experiments.trial.record import TrialRecord

STEPS = 6
VALIDATED = 2  # batches, at most
EVERY_EPOCH = ("--trainer.check_val_every_n_epoch=1", "--trainer.val_check_interval=1.0")  # so that metrics are there
# One device says what a step costs; Lightning would start others by a command line that knows nothing of measuring.
ALONE = ("--trainer.devices=1", "--trainer.num_nodes=1", "--trainer.strategy=auto")


class StopAfter(Callback):
    """Ends a run after a few steps of its first epoch, so that its schedule is still that of the whole run.

    Args:
        steps: Batches to train on.
    """

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        trainer.should_stop = trainer.global_step >= self.steps or trainer.is_last_batch


def measure_arm(argv: list[str], made_from: dict[str, Any], out: Path) -> int:
    """Resolve, build and train one arm for a few steps; write what that showed.

    Args:
        argv: A trial's command line.
        made_from: The arm's layers and code, kept beside the figures to know later whether they still hold.
        out: JSON file to write.

    Returns:
        0, or 2 on bad input, said in one line.
    """
    return train.guarded(lambda: _measure(argv, made_from, out))


def _measure(argv: list[str], made_from: dict[str, Any], out: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        short = [*argv[1:], *ALONE, *EVERY_EPOCH, f"--trainer.default_root_dir={scratch}"]
        cli = train.TrainCLI([*short, "--trainer.logger=false"], run=False)
        trainer: Any = cli.trainer
        config = json.loads(cli.parser.dump(cli.parser.parse_args(laid(argv[1:])), skip_none=False, format="json"))
        if config["trainer"]["logger"]:  # a callback may insist on one; measuring is not to be logged
            trainer.loggers = [DummyLogger()]
        trainer.callbacks.append(StopAfter(STEPS))
        limit, metrics = trainer.limit_val_batches, []
        trainer.limit_val_batches = min(limit, VALIDATED) if isinstance(limit, int) or not limit else VALIDATED
        with contextlib.suppress(Diverged):  # that is a result, and its trials will say so
            trainer.fit(cli.model, datamodule=cli.datamodule)
            metrics = sorted(trainer.callback_metrics)
        shown = _report(cli, trainer, config)
    with write_whole(out) as file:
        json.dump({**made_from, "metrics": metrics, **shown}, file, indent=1)


def _report(cli: train.TrainCLI, trainer: Any, config: dict[str, Any]) -> dict[str, Any]:
    record = next(c for c in trainer.callbacks if isinstance(c, TrialRecord))
    devices = config["trainer"]["devices"]
    shares = config["trainer"]["num_nodes"] * (devices if isinstance(devices, int) and devices > 0 else 1)
    steps = int(trainer.estimated_stepping_batches) // shares
    batches = len(cli.datamodule.val_dataloader()) / shares
    del config["trainer"]["default_root_dir"]
    return {
        "config": {key: value for key, value in config.items() if key != "about"},
        "parameters": sum(p.numel() for p in cli.model.parameters() if p.requires_grad),
        "flops": _flops(cli.model, cli.datamodule),
        "steps": steps,
        "seconds_per_step": record.seconds_per_step(),
        "seconds": steps * record.seconds_per_step()
        + (trainer.max_epochs or 1) * batches * record.validation_seconds / VALIDATED,
        "first_steps": [float(p.detach().double().sum()) for p in cli.model.parameters()],
    }


def _flops(model: LightningModule, data: Any) -> int:
    """Floating-point operations of one forward pass on one image, by torch's counter (2 for a multiply-add)."""
    image = next(iter(data.val_dataloader()))["image"][:1]
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        model.eval()(image)
    return int(counter.get_total_flops())
