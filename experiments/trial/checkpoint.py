"""Checkpoints of a trial."""

from pathlib import Path

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint

from experiments.folder import CHECKPOINT


class LastCheckpoint(ModelCheckpoint):
    """Keeps the last epoch in the trial's folder, in every arm: nothing is chosen by its score."""

    def __init__(self) -> None:
        super().__init__(filename=Path(CHECKPOINT).stem, save_on_train_epoch_end=True, enable_version_counter=False)

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        # The folder alone says where: with a logger, Lightning would put checkpoints into the logger's.
        self.dirpath = str(Path(trainer.default_root_dir) / Path(CHECKPOINT).parent)
        super().setup(trainer, pl_module, stage)
