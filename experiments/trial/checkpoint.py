"""Checkpoints of a trial."""

from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint

from experiments.files import beside
from experiments.folder import CHECKPOINT
from experiments.plan.origin import Origin
from experiments.trial.record import TrialRecord


class LastCheckpoint(ModelCheckpoint):
    """Keeps the last epoch in the trial's folder, in every arm: nothing is chosen by its score."""

    def __init__(self) -> None:
        super().__init__(filename=Path(CHECKPOINT).stem, save_on_train_epoch_end=True, enable_version_counter=False)

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        # The folder alone says where: with a logger, Lightning would put checkpoints into the logger's.
        self.dirpath = str(Path(trainer.default_root_dir) / Path(CHECKPOINT).parent)
        super().setup(trainer, pl_module, stage)


def keep_own(path: Path, origin: Origin) -> None:
    """Move a checkpoint aside that a training of this origin must not go on from: another's, or a broken one."""
    if path.exists() and _made_from(path) != origin.record:
        print(
            f"{path} was not made from what this trial is, or is broken; it is now {beside(path, 'stale')}", flush=True
        )


def _made_from(path: Path) -> Any:
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        return checkpoint["callbacks"][TrialRecord.__qualname__]["made_from"]
    except Exception:  # whatever a broken file makes the unpickler raise
        return None
