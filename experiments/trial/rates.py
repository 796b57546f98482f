"""The learning rates of a run, from the run itself."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from lightning.pytorch import Callback, LightningModule, Trainer

from experiments.errors import UserError
from experiments.trial import preview, train

MOST_STEPS = 10**7
Curve = list[float]  # the rate of each optimizer step


class Rates(Callback):
    """Takes the schedule through all of its steps and ends the run before it begins."""

    curves: list[Curve]

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        schedule = trainer.lr_scheduler_configs[0].scheduler
        steps = int(trainer.estimated_stepping_batches)
        if steps > MOST_STEPS:
            raise UserError(f"a run of at most {MOST_STEPS} steps can be drawn, got {steps}")
        rows = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch misses the optimizer's steps
            for _ in range(steps):
                rows.append([float(rate) for rate in schedule.get_last_lr()])
                schedule.step()  # type: ignore[call-arg]
        self.curves = [list(curve) for curve in dict.fromkeys(zip(*rows, strict=True))]
        raise preview.Ready


def curves(layers: Sequence[Path], steps: int | None = None) -> list[Curve]:
    """The different curves of the parameter groups of a run.

    Args:
        layers: The run's config files, in order.
        steps: Length of the run, instead of its own; then it may have any number of devices.

    Raises:
        UserError: If the run has several devices and its length is not given: it cannot be built in one process.
    """
    length = (f"--trainer.max_steps={steps}", "--trainer.max_epochs=-1", *preview.ONE_DEVICE) if steps else ()
    rates = Rates()
    with preview.built(layers, length) as cli:
        if cli.trainer.world_size > 1:
            raise UserError(f"the run is on {cli.trainer.world_size} devices: give its length with --steps")
        preview.start(cli, rates)
    return rates.curves


def show(layers: Sequence[Path], steps: int | None, draw: Callable[[list[Curve]], None]) -> int:
    """Draw the curves of a run; see `train.guarded` for what is returned."""
    return train.guarded(lambda: draw(curves(layers, steps)))
