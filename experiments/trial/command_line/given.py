"""The checkpoint that a command line names: readable, whole, and of this network."""

import os
from pathlib import Path

from lightning.pytorch import LightningModule

from experiments.errors import UserError
from lightning_modules.trained import check_fits, read_checkpoint

FOUND_BY_LIGHTNING = ("best", "last", "hpc", "registry")


def check_checkpoint(path: str | None, model: LightningModule | None = None) -> None:
    """Refuse a checkpoint that cannot be loaded.

    Args:
        path: Of the checkpoint; an address, or a word by which Lightning finds one, is Lightning's to read.
        model: That is to take its weights; without one, only the file is looked at.

    Raises:
        UserError: Names the file and what is wrong with it.
    """
    if path is None or "://" in path or path.partition(":")[0] in FOUND_BY_LIGHTNING:
        return
    if not os.path.isfile(path):  # a name too long for a file is not one
        raise UserError(f"--ckpt_path: {path} {'is a folder, not a file' if os.path.isdir(path) else 'does not exist'}")
    try:
        weights = read_checkpoint(Path(path))["state_dict"]
        if model is not None:
            check_fits(path, weights, model.state_dict())
    except ValueError as error:
        raise UserError(f"--ckpt_path: {error}") from error
