"""Checkpoints of a trial."""

import time
import zipfile
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint

from experiments import lease
from experiments.files import beside, replacing
from experiments.folder import CHECKPOINT
from experiments.pause import Paused, is_asked
from experiments.plan.origin import Origin
from experiments.trial.callbacks.record import TrialRecord


class WholeFile(TorchCheckpointIO):
    """Writes a checkpoint beside the last one, which it replaces when it is whole.

    Lightning's own goes through the folder for temporary files; from another file system it is copied into place, and
    a kill leaves half of it.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write a file, or leave the former one; an address such as s3://… is Lightning's to write."""
        if "://" in str(path):
            super().save_checkpoint(checkpoint, path, storage_options)
            return
        with replacing(Path(path)) as part:
            torch.save(checkpoint, part)


class LastCheckpoint(Checkpoint):
    """Keeps the last state in the trial's folder, in every arm: nothing is chosen by its score.

    Written at the end of every epoch, and within one after optimizer steps some minutes apart, or at once where the
    training is asked to stop (SIGUSR1, SIGTERM), which it does then. The folder alone says where: with a logger,
    Lightning would put checkpoints into the logger's.
    """

    seconds_apart = 180.0

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if type(trainer.strategy.checkpoint_io) is TorchCheckpointIO:  # no plugin was asked for
            trainer.strategy.checkpoint_io = WholeFile()

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.saved = time.monotonic()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        # Gradients that are still accumulating are not kept, and where an epoch or the run ends, it writes its own.
        stepped = (batch_idx + 1) % trainer.accumulate_grad_batches == 0
        if stepped and not trainer.is_last_batch and not trainer.should_stop:
            due = time.monotonic() - self.saved >= self.seconds_apart
            due, paused = trainer.strategy.broadcast((due, _is_to_pause(trainer)))
            if due or paused:
                self._save(trainer)
            if paused:
                raise Paused(f"a checkpoint of step {trainer.global_step} was written, from which it goes on")

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._save(trainer)

    def _save(self, trainer: Trainer) -> None:
        if not trainer.fast_dev_run:  # type: ignore[attr-defined]
            lease.check(Path(trainer.default_root_dir))
            trainer.save_checkpoint(Path(trainer.default_root_dir) / CHECKPOINT, weights_only=False)
        self.saved = time.monotonic()


def _is_to_pause(trainer: Trainer) -> bool:
    return is_asked() or trainer.received_sigterm


def remove_parts(path: Path) -> None:
    """Remove what kills have left of checkpoints that were being written; for who has the folder alone."""
    for part in path.parent.glob(f".{path.name}.*"):
        part.unlink(missing_ok=True)


def keep_own(path: Path, origin: Origin) -> None:
    """Move a checkpoint aside that a training of this origin must not go on from: a broken one, or another's."""
    if not path.exists():
        return
    if not _is_whole(path):
        print(f"{path} cannot be read; it is now {beside(path, 'unreadable')}, the trial starts over", flush=True)
    elif _made_from(path) != origin.record:
        print(f"{path} was not made from what this trial is; it is now {beside(path, 'stale')}", flush=True)


def is_own(path: Path, origin: Origin) -> bool:
    """Whether a training of this origin goes on from a checkpoint."""
    return path.exists() and _is_whole(path) and _made_from(path) == origin.record


def _is_whole(path: Path) -> bool:
    """Whether a checkpoint is all there: it is a ZIP archive, whose directory is its end, with a sum for each file."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, zipfile.BadZipFile):
        return False


def _made_from(path: Path) -> Any:
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        return checkpoint["callbacks"][TrialRecord.__qualname__]["made_from"]
    except Exception:  # a checkpoint of something else
        return None
