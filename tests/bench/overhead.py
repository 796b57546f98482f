"""What a training step costs through the suite, beside a bare loop with the same model and data."""

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from lightning.pytorch import Callback, Trainer

from datamodules import Digits
from experiments.trial.callbacks.divergence import StopOnDivergence
from experiments.trial.callbacks.record import TrialRecord
from lightning_modules import Segmentation
from lightning_modules.backbones import ResNet
from lightning_modules.callbacks import GradientMonitor
from lightning_modules.losses import CrossEntropy
from lightning_modules.optim import Warmup
from tests.bench.row import Row

EPOCHS, STEPS = 6, 16


def rows() -> Iterator[Row]:
    """Seconds of the processor a step in epochs of 16, loading included; epochs of the two take turns."""
    clock, monitor = Clock(), TimedMonitor()
    train(clock)
    yield Row("a training step: suite beside bare PyTorch (s)", *clock.after_the_first(), 1.05)
    train(clock, monitor)
    alone = [whole - inside for whole, inside in zip(clock.seconds["suite"], monitor.seconds, strict=True)]
    yield Row("a training step: with GradientMonitor beside without (s)", clock.seconds["suite"][1:], alone[1:], 1.03)


def _parts() -> tuple[Segmentation, Digits]:
    os.environ["PL_GLOBAL_SEED"] = "0"
    data = Digits(image_size=128, train_scenes=8 * STEPS, val_scenes=8, batch_size=8)
    data.setup("fit")
    return Segmentation(11, ResNet, CrossEntropy(), lambda p: torch.optim.SGD(p, lr=0.01), Warmup), data


class Clock(Callback):
    """Times a step in the suite's epochs, and in an epoch of the bare loop after each.

    Args:
        now: What the time is; the processor's by default.
    """

    def __init__(self, now: Callable[[], float] = time.process_time) -> None:
        self.now = now

    def after_the_first(self) -> tuple[list[float], list[float]]:
        """Seconds a step of the suite and of the bare loop, an epoch each."""
        return self.seconds["suite"][1:], self.seconds["bare"][1:]

    def on_fit_start(self, trainer: Trainer, *_: Any) -> None:
        self.bare = Bare(trainer.strategy.root_device)
        self.seconds: dict[str, list[float]] = {"bare": [], "suite": []}

    def on_train_epoch_start(self, trainer: Trainer, *_: Any) -> None:
        self.started = self.now()

    def on_train_epoch_end(self, trainer: Trainer, *_: Any) -> None:
        self.seconds["suite"].append((self.now() - self.started) / STEPS)
        started = self.now()
        self.bare.epoch()
        self.seconds["bare"].append((self.now() - started) / STEPS)


class Bare:
    """The loop that one would write by hand."""

    def __init__(self, device: torch.device) -> None:
        module, data = _parts()
        self.device, self.network = device, module.network.train().to(device)
        self.loss, self.loader = module.loss, data.train_dataloader()
        self.optimizer = torch.optim.SGD(self.network.parameters(), lr=0.01)

    def epoch(self) -> None:
        for batch in self.loader:
            loss = self.loss(self.network(batch["image"].to(self.device)), batch["mask"].to(self.device))
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()


class TimedMonitor(GradientMonitor):
    """The monitor, and the seconds a step that it takes in each epoch."""

    def on_fit_start(self, *_: Any) -> None:
        self.seconds: list[float] = []

    def on_train_epoch_start(self, *_: Any) -> None:
        self.seconds.append(0.0)

    def on_before_optimizer_step(self, *arguments: Any) -> None:
        started = time.process_time()
        super().on_before_optimizer_step(*arguments)
        self.seconds[-1] += (time.process_time() - started) / STEPS

    def on_train_batch_end(self, *arguments: Any) -> None:
        started = time.process_time()
        super().on_train_batch_end(*arguments)
        self.seconds[-1] += (time.process_time() - started) / STEPS


def train(*callbacks: Callback, accelerator: str = "cpu") -> None:
    """Train through the suite, the bare loop in turns with it where a clock is among the callbacks."""
    module, data = _parts()
    trainer = Trainer(
        max_epochs=EPOCHS,
        accelerator=accelerator,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
        use_distributed_sampler=False,
        # The suite's own callbacks are on the clock.
        callbacks=[*callbacks, TrialRecord({}), StopOnDivergence()],
        default_root_dir="runs/bench",
    )
    trainer.fit(module, datamodule=data)
