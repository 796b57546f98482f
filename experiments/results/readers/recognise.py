"""Which tool wrote what lies there."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from experiments.errors import UserError
from experiments.results.readers import (
    lightning,
    mlflow,
    mmengine,
    table,
    tensorboard,
    ultralytics,
    wandb,
    wandb_project,
)
from experiments.results.readers.run import Run

NAMED = 5  # files that an error names
PLAIN = {".csv", ".tsv", ".txt", ""}  # endings of files that are tables unless a tool knows them


class Reader(Protocol):
    """A module that knows one format."""

    HOLDS: str

    def places(self, files: Sequence[Path]) -> list[Path]:
        """The files or folders, among all files that were found, each of which `read` takes."""

    def read(self, place: Path, root: Path) -> list[Run]:
        """The runs of a place under what was given."""


READERS: Mapping[str, Reader] = {
    "csv": table,
    "wandb": wandb,
    "mlflow": mlflow,
    "tensorboard": tensorboard,
    "lightning": lightning,
    "mmengine": mmengine,
    "ultralytics": ultralytics,
}


def read_runs(paths: Sequence[Path], tool: str | None = None) -> list[Run]:
    """The runs that lie in files and folders, by path.

    Args:
        paths: What was given; with `wandb` also ENTITY/PROJECT.
        tool: One of `READERS`; None: the one that recognises what lies there, and a file that none does is a table.

    Raises:
        UserError: for what no tool wrote, or several did.
    """
    return [run for root in paths for run in _runs(root, tool)]


def _runs(root: Path, tool: str | None) -> list[Run]:
    if tool == "wandb" and not root.exists() and wandb_project.is_project(root.as_posix()):
        return wandb_project.read(root.as_posix())
    files = _files(root)
    if tool is None:
        tool = _recognised(root, files)
    places = READERS[tool].places(files) or [root] * root.is_file()
    if not places:
        raise UserError(f"{root} does not hold {READERS[tool].HOLDS}{_found(root, files)}")
    runs = [run for place in places for run in READERS[tool].read(place, root)]
    if root.is_file() and runs and not any(run.logged for run in runs):
        raise UserError(f"{root} does not hold {READERS[tool].HOLDS}")
    return runs


def _recognised(root: Path, files: Sequence[Path]) -> str:
    tools = [tool for tool, reader in READERS.items() if tool != "csv" and reader.places(files)]
    if len(tools) > 1:
        raise UserError(f"{root} holds runs of {' and '.join(tools)}: say which with --from {tools[0]}")
    if not tools and (root.is_dir() or root.suffix.lower() not in PLAIN):
        known = ", ".join(reader.HOLDS for tool, reader in READERS.items() if tool != "csv")
        raise UserError(f"{root} holds no runs that can be read{_found(root, files)}; known: {known}, or {table.HOLDS}")
    return tools[0] if tools else "csv"


def _files(root: Path) -> list[Path]:
    """All files below a folder in order, links followed once; a file is its own."""
    if not root.exists():
        raise UserError(f"cannot read {root}: No such file or directory")
    if root.is_file():
        return [root]
    found, seen = [], set()
    for place, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(place)
        folders[:] = [] if real in seen else sorted(name for name in folders if not name.startswith("."))
        found += [] if real in seen else [Path(place, name) for name in sorted(files)]
        seen.add(real)
    return found


def _found(root: Path, files: Sequence[Path]) -> str:
    if root.is_file():
        return ""
    names = [str(file.relative_to(root)) for file in files[:NAMED]]
    return f" (found: {', '.join(names)}{', …' * (len(files) > NAMED)})" if names else " (it is empty)"
