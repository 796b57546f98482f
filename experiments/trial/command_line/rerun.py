"""The folder of a fit: nothing that lies there is overwritten."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lightning.pytorch.utilities import rank_zero_only

from experiments import lease
from experiments.files import read_json
from experiments.folder import HELD, RESULT, TRIAL


def unused(folder: Path, made_from: Any, resumes: bool) -> Path:
    """The folder itself, or a fresh one inside it where it holds another training's.

    Args:
        folder: Where the results should go.
        made_from: What the training is made from; one that resumes its own result goes on in its folder.
        resumes: Whether it goes on from a checkpoint.
    """
    if not _is_used(folder, made_from, resumes):
        return folder
    reruns = (folder / f"rerun-{n}" for n in itertools.count(1))
    rerun = next(rerun for rerun in reruns if not _is_used(rerun, made_from, resumes))
    print(f"{folder} holds {'a finished' if (folder / RESULT).exists() else 'another'} trial; this one goes to {rerun}")
    return rerun


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Have the folder of a fit for this process and the other ranks that it starts.

    Raises:
        lease.Taken: If another process has it.
    """
    if getattr(rank_zero_only, "rank", 0) or lease.is_own(folder):  # another rank, or `attempt` has taken it
        yield
        return
    with lease.made(folder), lease.held(folder):
        yield


def _is_used(folder: Path, made_from: Any, resumes: bool) -> bool:
    """Whether a folder holds a result, or what another training left; one that resumes goes on where it is told to."""
    if (folder / RESULT).exists():
        return not (resumes and (read_json(folder / RESULT) or {}).get("made_from") == made_from)
    holds = any((folder / name).exists() for name in HELD)
    return holds and not resumes and (read_json(folder / TRIAL) or {}).get("made_from") != made_from
