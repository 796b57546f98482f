"""Anybody's CSV table with one row a run; a `trials.csv` of ours too."""

from collections.abc import Sequence
from pathlib import Path

from experiments.folder import State
from experiments.results.readers.rows import read_rows
from experiments.results.readers.run import Run

HOLDS = "a CSV table of runs"


def places(files: Sequence[Path]) -> list[Path]:
    """The tables among files."""
    return [file for file in files if file.suffix.lower() == ".csv"]


def read(place: Path, root: Path) -> list[Run]:
    """The runs of a table; its column `status` counts where it says what ours does."""
    return [Run(f"{place}, line {line}", row, _logged(row), state=_state(row)) for line, row in read_rows(place)]


def _logged(row: dict[str, str]) -> dict[str, list[str]]:
    return {name: [cell] for name, cell in row.items()}


def _state(row: dict[str, str]) -> str:
    return row["status"] if row.get("status") in set(State) else State.DONE
