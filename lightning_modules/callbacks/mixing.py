"""Base class of the callbacks that mix the images of a batch."""

from abc import ABC, abstractmethod
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer

from lightning_modules.pairing import global_seed, stream


class Mixing(Callback, ABC):
    """Changes a share of the training batches in place; a subclass says which batches fit, and what is done to them.

    Whether and how a batch is changed is a function of (seed, epoch, batch, rank): arms stay paired and runs resume.

    Args:
        p: Share of the batches that are changed.

    Raises:
        ValueError: If p lies outside [0, 1], or a batch does not fit.
    """

    def __init__(self, p: float) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"{type(self).__name__}: p must lie in [0, 1], got {p}")
        self.p = p

    @abstractmethod
    def check(self, batch: Any) -> None:
        """Refuse a batch that does not fit, with a ValueError."""

    @abstractmethod
    def mix(self, batch: Any) -> None:
        """Change a batch that fits; what is drawn comes from torch's global stream, which is set for it."""

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        self.check(batch)
        name = type(self).__name__
        with stream(global_seed(), name, trainer.current_epoch, batch_idx, trainer.global_rank):
            if torch.rand(()) < self.p:
                self.mix(batch)
