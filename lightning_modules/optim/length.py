"""The length of a run, asked without touching the run's own loader."""

import math
from typing import Any

from lightning.pytorch import Trainer


def train_loader(trainer: Trainer) -> Any:
    """A training loader to ask for its sizes.

    A loader of the data module's own, not the run's: Lightning gives a loader the position that a checkpoint holds as
    it builds it, so one that is built before the checkpoint is restored starts its epoch over.
    """
    data = trainer.datamodule  # type: ignore[attr-defined]
    if data is not None:
        return data.train_dataloader()
    trainer.fit_loop.setup_data()
    return trainer.train_dataloader


def optimizer_steps(trainer: Trainer) -> float:
    """Optimizer steps of the run, infinite if nothing ends it: `estimated_stepping_batches` without its side effect."""
    if trainer.max_epochs == -1:
        return math.inf if trainer.max_steps == -1 else trainer.max_steps
    length, limit = len(train_loader(trainer)), trainer.limit_train_batches
    batches = min(length, limit) if isinstance(limit, int) else int(length * limit)
    steps = math.ceil(batches / trainer.accumulate_grad_batches) * max(trainer.max_epochs or 1, 1)
    return steps if trainer.max_steps == -1 else min(steps, trainer.max_steps)


def finite_steps(trainer: Trainer) -> int:
    """Optimizer steps of the run; refuses, on the way, what Lightning accepts silently.

    Raises:
        ValueError: If there are none, nothing ends the run, or gradients are accumulated or clipped by a number out of
            range.
    """
    if trainer.accumulate_grad_batches < 1:
        got = trainer.accumulate_grad_batches
        raise ValueError(f"trainer.accumulate_grad_batches must be at least 1, got {got}")
    if (trainer.gradient_clip_val or 0) < 0:
        raise ValueError(f"trainer.gradient_clip_val must not be negative, got {trainer.gradient_clip_val}")
    steps = optimizer_steps(trainer)
    if steps == math.inf:
        raise ValueError("a schedule needs the length of the run: set trainer.max_epochs or trainer.max_steps")
    if steps < 1:
        raise ValueError("a schedule needs a step: raise trainer.max_steps or trainer.limit_train_batches")
    return int(steps)
