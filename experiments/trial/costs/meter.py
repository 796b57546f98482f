"""Callbacks that measure the first steps of a training, and end it after them."""

import statistics
import time
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch.utils.flop_counter import FlopCounterMode

STEPS = 6  # after which weights are compared
MOST_STEPS = 100


class Meter(Callback):
    """The first of all callbacks: counts the operations of the first optimizer step and times the others.

    A device is waited for before a step and after it, since work that is only queued has not been done.
    """

    def __init__(self) -> None:
        self.counter = FlopCounterMode(display=False)
        self.counting = False
        self.flops = 0  # forward and backward, as torch counts them
        self.times: list[float] = []  # seconds of each batch; the first is slowed by counting

    @property
    def seconds(self) -> float:
        """Median seconds of a batch; 0 if there was none."""
        return statistics.median(self.times[1:] or self.times or [0.0])

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        _wait(pl_module.device)
        if trainer.global_step == 0:
            self.counter.__enter__()
            self.counting = True
        self.began = time.perf_counter()

    def end(self, device: torch.device) -> None:
        """A batch has ended, and all that callbacks do then."""
        _wait(device)
        self.times.append(time.perf_counter() - self.began)

    def on_train_batch_end(self, *_: Any) -> None:
        self._stop_counting()

    def on_exception(self, *_: Any) -> None:
        self._stop_counting()

    def _stop_counting(self) -> None:
        if self.counting:
            self.counter.__exit__(None, None, None)
            self.flops += self.counter.get_total_flops()
        self.counting = False


class StopAfter(Callback):
    """The last of all callbacks: ends a run within its first epoch, so that its schedule is that of the whole run.

    Args:
        meter: Is told when a batch has ended.
        seconds: How long steps are timed, of one batch after the other; after `STEPS` of them at least.
    """

    def __init__(self, meter: Meter, seconds: float) -> None:
        self.meter, self.seconds = meter, seconds
        self.sums: list[float] = []  # of each parameter, after `STEPS` or all steps

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        self.meter.end(pl_module.device)
        if trainer.global_step <= STEPS:
            self.sums = sums(pl_module)
        timed = sum(self.meter.times) >= self.seconds or trainer.global_step >= MOST_STEPS
        trainer.should_stop = (trainer.global_step >= STEPS and timed) or trainer.is_last_batch


def sums(model: LightningModule) -> list[float]:
    """The sum of each parameter, which tells a network whose weights are others."""
    return [float(p.detach().double().sum()) for p in model.parameters()]


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
