"""The runs of a W&B project as its web page exports them: a table with a row a run, or a chart with a column a run."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from experiments.errors import UserError
from experiments.folder import State
from experiments.results.readers.rows import header, read_rows
from experiments.results.readers.run import Run

HOLDS = "a CSV export of W&B's runs or of a chart"
OWN = {"State", "Created", "Runtime", "Sweep"}  # columns of the page's own, beside Name
BESIDE = ("__MIN", "__MAX")  # what a chart's export adds to each of its columns `run - metric`


def places(files: Sequence[Path]) -> list[Path]:
    """The exports among files."""
    return [file for file in files if file.suffix.lower() == ".csv" and _is_export(header(file))]


def _is_export(columns: Sequence[str]) -> bool:
    own = bool(OWN & set(columns)) and not {"arm", "seed", "status"} <= set(columns)
    return bool(_lines(columns)) or ("Name" in columns and own)


def read(place: Path, root: Path) -> list[Run]:
    """The runs of an export: configs and summaries, which hold last values unless a run defined others; or a metric.

    Raises:
        UserError: for a table that neither names runs nor is a chart's.
    """
    columns = header(place)
    if drawn := _lines(columns):
        return list(_charted(place, drawn))
    if "Name" not in columns:
        raise UserError(f"{place} does not hold {HOLDS}: no column Name (found: {', '.join(columns)})")
    return [_run(f"{place}, line {line}", row) for line, row in read_rows(place)]


def _run(where: str, row: dict[str, str]) -> Run:
    told = {name: cell for name, cell in row.items() if cell}
    return Run(where, told, {name: [cell] for name, cell in told.items()}, [row["Name"]], state(row.get("State", "")))


def _lines(columns: Sequence[str]) -> list[str]:
    """The columns of a chart that hold a run's metric, and not its steps."""
    known = set(columns)
    lines = [name for name in columns if " - " in name and {name + end for end in BESIDE} <= known]
    return [name for name in lines if not name.endswith(" - _step")]


def _charted(place: Path, columns: Sequence[str]) -> Iterator[Run]:
    rows = [row for _, row in read_rows(place)]
    for column in columns:
        name, _, metric = column.rpartition(" - ")
        values = [row[column] for row in rows if row[column]]
        yield Run(f"{place}, column {column!r}", {}, {metric: values}, [name])


def state(word: str) -> str:
    """What W&B says of a run's end; an export need not show it."""
    return State.DONE if word.lower() in ("", "finished") else word.lower()
