"""Stochastic weight averaging."""

import math
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor

from lightning_modules.callbacks.weight_average import WeightAverage


class SWA(WeightAverage):
    """Validate with the mean of the weights at the ends of the last epochs (Izmailov et al. 2018, "Averaging Weights").

    Algorithm 1 with a cycle of one epoch. Until the average begins, the weights themselves are validated. The rate is
    the schedule's: the paper keeps it constant and high while it averages.

    Args:
        start: Share of the run after which the average begins.
        batches: Training batches that BatchNorm's statistics are measured on, see `WeightAverage`.

    Raises:
        ValueError: If the start lies outside [0, 1), what is left of the run has fewer than two ends of epochs, or
            there are no batches.
    """

    def __init__(self, start: float = 0.75, batches: int = 64) -> None:
        super().__init__(batches)
        if not 0 <= start < 1:
            raise ValueError(f"SWA: start must lie in [0, 1), got {start}")
        self.start = start
        self.begun = False  # whether weights are averaged, and no longer copied

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        # The first is soon enough; a preview of the schedule, of any length, ends before.
        steps = int(trainer.estimated_stepping_batches)
        steps_per_epoch = math.ceil(trainer.num_training_batches / trainer.accumulate_grad_batches)
        if sum(end >= self.start * steps for end in range(steps_per_epoch, steps + 1, steps_per_epoch)) < 2:
            raise ValueError(
                f"SWA: from {self.start} of {steps} steps on there are no two ends of epochs, of "
                f"{steps_per_epoch} steps each, to average; start earlier or train longer"
            )

    def average(self, averaged: list[Tensor], current: list[Tensor], updates: int) -> None:
        torch._foreach_lerp_(averaged, current, 1 / (updates + 1))

    def is_due(self, trainer: Trainer) -> bool:
        return trainer.is_last_batch or not self.begun

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        super().on_train_batch_end(trainer, pl_module, outputs, batch, batch_idx)
        if trainer.is_last_batch and trainer.global_step >= self.start * trainer.estimated_stepping_batches:
            self.begun = True
        if not self.begun:
            self.model.n_averaged.zero_()  # the next update copies the weights, as this one did

    def on_load_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        super().on_load_checkpoint(trainer, pl_module, checkpoint)
        self.begun = checkpoint.get("averaged", {}).get("updates", 0) > 0
