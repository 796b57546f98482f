"""Ultralytics' folders: `results.csv` with a row an epoch, `args.yaml` beside it."""

from collections.abc import Sequence
from pathlib import Path

from experiments.results.readers.histories import history
from experiments.results.readers.rows import header
from experiments.results.readers.run import Run, names_of
from experiments.results.readers.settings import read_settings

HOLDS = "ultralytics' results.csv"


def places(files: Sequence[Path]) -> list[Path]:
    """The results.csv of trainings among files."""
    return [file for file in files if file.name == "results.csv" and _is_history(header(file))]


def _is_history(columns: Sequence[str]) -> bool:
    return "epoch" in columns and any(name.startswith(("train/", "metrics/")) for name in columns)


def read(place: Path, root: Path) -> list[Run]:
    """The one run of a folder."""
    folder = place.parent
    return [Run(str(place), read_settings(folder / "args.yaml"), history(place), names_of(folder, root))]
