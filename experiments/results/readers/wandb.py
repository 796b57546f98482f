"""The runs of a W&B project as its web page exports them: a CSV table with a row a run."""

from collections.abc import Sequence
from pathlib import Path

from experiments.folder import State
from experiments.results.readers.rows import header, read_rows
from experiments.results.readers.run import Run

HOLDS = "a CSV export of W&B's runs"
OWN = {"State", "Created", "Runtime", "Sweep"}  # columns of the page's own, beside Name


def places(files: Sequence[Path]) -> list[Path]:
    """The exports among files."""
    return [file for file in files if file.suffix.lower() == ".csv" and _is_export(header(file))]


def _is_export(columns: Sequence[str]) -> bool:
    return "Name" in columns and bool(OWN & set(columns)) and not {"arm", "seed", "status"} <= set(columns)


def read(place: Path, root: Path) -> list[Run]:
    """The runs of an export: configs, and summaries, which hold last values unless a run defined others."""
    return [_run(f"{place}, line {line}", row) for line, row in read_rows(place)]


def _run(where: str, row: dict[str, str]) -> Run:
    told = {name: cell for name, cell in row.items() if cell}
    return Run(where, told, {name: [cell] for name, cell in told.items()}, [row["Name"]], state(row.get("State", "")))


def state(word: str) -> str:
    """What W&B says of a run's end; an export need not show it."""
    return State.DONE if word.lower() in ("", "finished") else word.lower()
