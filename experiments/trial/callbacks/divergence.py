"""A trial stops when it diverges."""

import math
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer


class Diverged(RuntimeError):
    """The training loss is no longer finite."""


class StopOnDivergence(Callback):
    """Stop at the first loss that is NaN or infinite.

    Args:
        every_on_gpu: Steps between two looks on a GPU, where each look waits for the device; an epoch's last loss, and
            the last of all, are always looked at.
    """

    def __init__(self, every_on_gpu: int = 20) -> None:
        self.every_on_gpu = every_on_gpu

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        loss = outputs["loss"]
        last = trainer.is_last_batch or trainer.global_step == trainer.max_steps
        if loss.is_cuda and trainer.global_step % self.every_on_gpu and not last:
            return
        value = loss.item()
        if not math.isfinite(value):
            raise Diverged(f"the loss is {value} at epoch {trainer.current_epoch}, step {trainer.global_step}")
