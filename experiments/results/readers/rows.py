"""The rows of a CSV file."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from experiments.errors import UserError

NOT_CSV = (UnicodeDecodeError, csv.Error)


def header(path: Path) -> list[str]:
    """Names of the columns; none if the file is not a CSV table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [name.strip() for name in next(csv.reader(file), [])]
    except (OSError, *NOT_CSV):
        return []


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The number of each line, and its cells by the names of their columns; a cell that is left out is empty.

    Raises:
        UserError: for a file that is not a CSV table, naming the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            names = _names(path, next(reader, []))
            for line in filter(None, reader):
                cells = [cell.strip() for cell in line]
                if any(cells[len(names) :]):
                    raise UserError(f"{path}, line {reader.line_num}: {len(cells)} cells, but {len(names)} columns")
                yield reader.line_num, dict.fromkeys(names, "") | dict(zip(names, cells, strict=False))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except NOT_CSV as error:
        raise UserError(f"{path} is not a CSV table in UTF-8: {error}") from error


def _names(path: Path, cells: Sequence[str]) -> list[str]:
    names = [name.strip() for name in cells]
    for name in filter(None, names):
        if names.count(name) > 1:
            raise UserError(f"{path} has {names.count(name)} columns {name!r}; which of them counts?")
    return names
