"""What was recognised in a folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Task = Literal["Segmentation", "Detection", "Classification"]


@dataclass(frozen=True)
class Recognised:
    """A layout of data that a data module reads."""

    task: Task
    module: str
    """Short name of the data module."""
    arguments: Mapping[str, Any]
    """Its arguments, but for `root`, `size` and what loading takes."""
    classes: Sequence[str]
    images: Sequence[Path]
    """The training images."""
    notes: Sequence[str] = ()
    """What was guessed, for a person to check."""
