"""The checkpoint that a command line names: readable, whole, and of this network."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor

from experiments.errors import UserError

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
    weights = _weights(Path(path))
    if model is not None:
        _compare(path, weights, model.state_dict())


def _weights(path: Path) -> dict[str, Any]:
    if not os.path.isfile(path):  # a name too long for a file is not one
        raise UserError(f"--ckpt_path: {path} {'is a folder, not a file' if os.path.isdir(path) else 'does not exist'}")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except Exception as error:  # whatever a broken file makes the unpickler raise
        reason = " ".join(str(error).split()).partition(". ")[0][:200] or type(error).__name__
        raise UserError(f"--ckpt_path: {path} cannot be read as a checkpoint ({reason})") from error
    weights = content.get("state_dict") if isinstance(content, dict) else None
    if not isinstance(weights, dict) or "pytorch-lightning_version" not in content:
        raise UserError(f"--ckpt_path: {path} is not a checkpoint of trickbench: it holds no training's state")
    return weights


def _compare(path: str, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    for name in sorted(ours.keys() | theirs.keys()):
        here, there = (_shape(weights.get(name)) for weights in (ours, theirs))
        if here != there:
            raise UserError(
                f"--ckpt_path: {path} is of another network: {name} is {there or 'not in the checkpoint'} "
                f"and must be {here or 'absent'}"
            )


def _shape(weight: Any) -> tuple[int, ...] | None:
    return tuple(weight.shape) if isinstance(weight, Tensor) else None
