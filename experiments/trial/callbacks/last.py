"""What looks at the images of the validation that a training ends with."""

from abc import abstractmethod
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from numpy.typing import NDArray

from experiments.trial.callbacks.final import is_last
from lightning_modules.ranks import gather_over_ranks
from lightning_modules.tasks import Classification, Detection, Segmentation

Part = TypeVar("Part")
TASKS = Classification, Detection, Segmentation


class LastValidation(Callback, Generic[Part]):
    """Looks at the batches of the last validation, as far as the suite's tasks predict in it, and keeps what it saw.

    Whatever else is trained than the suite's tasks leaves nothing.
    """

    def __init__(self) -> None:
        self.parts: list[Part] | None = None  # of the batches so far; None where nothing is looked at
        self.done = 0  # images so far

    @abstractmethod
    def look(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, places: NDArray[np.uint32]
    ) -> list[Part]:
        """What is kept of a batch, whose images stand at these places of the data set."""

    @abstractmethod
    def keep(self, trainer: Trainer, pl_module: LightningModule, parts: list[Part]) -> None:
        """Write what all ranks saw; called on the first of them."""

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.parts, self.done = [] if is_last(trainer) and isinstance(pl_module, TASKS) else None, 0

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        if self.parts is not None and not dataloader_idx and _is_told(pl_module, outputs, batch):
            places = _places(trainer, self.done, len(batch["image"]))
            self.done += len(places)
            self.parts += self.look(trainer, pl_module, outputs, batch, places)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.parts is not None:
            parts, self.parts = gather_over_ranks(self.parts), None
            if parts and trainer.is_global_zero:
                self.keep(trainer, pl_module, parts)


def _is_told(module: Any, outputs: Any, batch: Any) -> bool:
    """Whether a validation step has returned predictions; one of a user's own class need not."""
    if isinstance(module, Detection):
        return isinstance(outputs, dict) and "detections" in outputs
    return isinstance(outputs, torch.Tensor) and outputs.shape == module.elements(batch).shape


def _places(trainer: Trainer, done: int, count: int) -> NDArray[np.uint32]:
    """Where this rank's next images stand in the data set: of w ranks, rank r has r, r + w, r + 2w and so on."""
    return trainer.global_rank + trainer.world_size * np.arange(done, done + count, dtype=np.uint32)
