"""What a training step costs through the suite, beside a bare loop with the same model and data."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

import torch
from lightning.pytorch import Callback, Trainer

from datamodules import Digits
from experiments.trial.callbacks.every import trial_callbacks
from experiments.trial.lean import make_lean
from lightning_modules import Segmentation
from lightning_modules.backbones import Backbone, ResNet, Tiny
from lightning_modules.callbacks import GradientMonitor
from lightning_modules.losses import CrossEntropy
from lightning_modules.optim import Warmup
from tests.bench.row import Row

Optimizer = Callable[[Iterable[torch.nn.Parameter]], torch.optim.Optimizer]


class Case(NamedTuple):
    """What is trained, by both."""

    backbone: Callable[[], Backbone]
    optimizer: Optimizer
    batch: int
    epochs: int
    steps: int  # an epoch
    validated: int  # batches after each epoch
    scenes: dict[str, Any]

    def module(self) -> Segmentation:
        """As the suite makes it."""
        return Segmentation(11, self.backbone, CrossEntropy(), self.optimizer, Warmup)

    def data(self) -> Digits:
        """The scenes of an epoch, and those that validate."""
        os.environ["PL_GLOBAL_SEED"] = "0"
        count = {"train_scenes": self.batch * self.steps, "val_scenes": self.batch * max(self.validated, 1)}
        data = Digits(batch_size=self.batch, **count, **self.scenes)
        data.setup("fit")
        return data


RESNET = Case(ResNet, partial(torch.optim.SGD, lr=0.01), 8, 6, 16, 0, {"image_size": 128})
DIGITS = Case(
    partial(Tiny, channels=12, blocks=1, stages=2),
    partial(torch.optim.AdamW, lr=0.005, weight_decay=0.01),
    16,
    16,
    64,
    0,
    {"image_size": 32, "objects": [1, 2], "scale": [14, 30]},
)


def rows() -> Iterator[Row]:
    """Seconds of the processor a step, loading included; epochs of the two take turns."""
    # First, in a process as fresh as a trial's: what larger ones leave behind would slow it.
    train(DIGITS, small := Clock(DIGITS))
    yield Row("a step of the baseline digits: suite beside bare PyTorch (s)", *small.after_the_first(), 1.1)
    clock, monitor = Clock(RESNET), TimedMonitor()
    train(RESNET, clock)
    yield Row("a training step: suite beside bare PyTorch (s)", *clock.after_the_first(), 1.02)
    evaluated = RESNET._replace(validated=4)
    train(evaluated, again := Clock(evaluated))
    yield Row("a step, its share of evaluation included: suite beside bare PyTorch (s)", *again.after_the_first(), 1.05)
    train(RESNET, clock, monitor)
    alone = [whole - inside for whole, inside in zip(clock.seconds["suite"], monitor.seconds, strict=True)]
    yield Row("a training step: with GradientMonitor beside without (s)", clock.seconds["suite"][1:], alone[1:], 1.03)


class Clock(Callback):
    """Times a step in the suite's epochs, and in an epoch of the bare loop after each.

    Args:
        case: What is trained.
        now: What the time is; the processor's by default.
    """

    def __init__(self, case: Case, now: Callable[[], float] = time.process_time) -> None:
        self.case, self.now = case, now

    def after_the_first(self) -> tuple[list[float], list[float]]:
        """Seconds a step of the suite and of the bare loop, an epoch each."""
        return self.seconds["suite"][1:], self.seconds["bare"][1:]

    def on_fit_start(self, trainer: Trainer, *_: Any) -> None:
        self.bare = Bare(self.case, trainer.strategy.root_device)
        self.seconds: dict[str, list[float]] = {"bare": [], "suite": []}

    def on_train_epoch_start(self, trainer: Trainer, *_: Any) -> None:
        self.started = self.now()

    def on_train_epoch_end(self, trainer: Trainer, *_: Any) -> None:
        self.seconds["suite"].append((self.now() - self.started) / self.case.steps)
        started = self.now()
        self.bare.epoch()
        self.seconds["bare"].append((self.now() - started) / self.case.steps)


class Bare:
    """The loop that one would write by hand."""

    def __init__(self, case: Case, device: torch.device) -> None:
        module, data = case.module(), case.data()
        self.device, self.network, self.loss = device, module.network.to(device), module.loss
        self.loader, self.validation = data.train_dataloader(), data.val_dataloader() if case.validated else ()
        self.optimizer = case.optimizer(self.network.parameters())

    def epoch(self) -> None:
        self.network.train()
        for batch in self.loader:
            loss = self.loss(self.network(batch["image"].to(self.device)), batch["mask"].to(self.device))
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        if self.validation:
            self.miou()

    @torch.no_grad()
    def miou(self) -> float:
        """Mean IoU over the validation scenes."""
        self.network.eval()
        counts = torch.zeros(121, dtype=torch.long, device=self.device)
        for batch in self.validation:
            image, mask = batch["image"].to(self.device), batch["mask"].to(self.device)
            labels, kept = self.network(image).argmax(1), mask < 11
            counts += torch.bincount(11 * mask[kept].long() + labels[kept], minlength=121)
        table = counts.view(11, 11)
        hits = table.diagonal()
        return float((hits / (table.sum(0) + table.sum(1) - hits).clamp(min=1)).mean())


class TimedMonitor(GradientMonitor):
    """The monitor, and the seconds a step that it takes in each epoch."""

    def on_fit_start(self, *_: Any) -> None:
        self.seconds: list[float] = []

    def on_train_epoch_start(self, *_: Any) -> None:
        self.seconds.append(0.0)

    def on_before_optimizer_step(self, *arguments: Any) -> None:
        started = time.process_time()
        super().on_before_optimizer_step(*arguments)
        self.seconds[-1] += (time.process_time() - started) / RESNET.steps

    def on_train_batch_end(self, *arguments: Any) -> None:
        started = time.process_time()
        super().on_train_batch_end(*arguments)
        self.seconds[-1] += (time.process_time() - started) / RESNET.steps


def train(case: Case, *callbacks: Callback, accelerator: str = "cpu") -> None:
    """Train through the suite, the bare loop in turns with it where a clock is among the callbacks."""
    trainer = Trainer(
        max_epochs=case.epochs,
        accelerator=accelerator,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=case.validated,
        use_distributed_sampler=False,
        callbacks=[*callbacks, *trial_callbacks({})],
        default_root_dir="runs/bench",
    )
    make_lean(trainer)  # as the command does; without Lightning the bare loop would not look for a driver either
    trainer.fit(case.module(), datamodule=case.data())
