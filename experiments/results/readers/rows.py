"""The rows of a CSV file, whose cells commas, tabs or semicolons part."""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from experiments.errors import TO_UTF8, UserError

NOT_CSV = (UnicodeDecodeError, csv.Error)
PARTS = ",\t;"
DECIMAL_COMMA = re.compile(r"([+-]?\d*),(\d+(?:[eE][+-]?\d+)?)")


def header(path: Path) -> list[str]:
    """Names of the columns; none if the file is not a CSV table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [name.strip() for name in next(_reader(file), [])]
    except (OSError, *NOT_CSV):
        return []


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The number of each line, and its cells by the names of their columns; a cell that is left out is empty.

    Raises:
        UserError: for a file that is not a CSV table, naming the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = _reader(file)
            commas = reader.dialect.delimiter == ";"  # as spreadsheets write where a comma stands before decimals
            names = _names(path, next(reader, []))
            for line in filter(None, reader):
                cells = [_number(cell.strip()) if commas else cell.strip() for cell in line]
                if any(cells[len(names) :]):
                    raise UserError(f"{path}, line {reader.line_num}: {len(cells)} cells, but {len(names)} columns")
                yield reader.line_num, dict.fromkeys(names, "") | dict(zip(names, cells, strict=False))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not a CSV table in UTF-8 ({error.reason}); {TO_UTF8}") from error
    except csv.Error as error:
        raise UserError(f"{path} is not a CSV table: {error}") from error


def _reader(file: TextIO) -> Any:
    """Of the lines of a file, parted by what parts most names in the first."""
    first = file.readline()
    file.seek(0)
    return csv.reader(file, delimiter=max(PARTS, key=first.count))


def _number(cell: str) -> str:
    number = DECIMAL_COMMA.fullmatch(cell)
    return f"{number[1]}.{number[2]}" if number else cell


def _names(path: Path, cells: Sequence[str]) -> list[str]:
    names = [name.strip() for name in cells]
    for name in filter(None, names):
        if names.count(name) > 1:
            raise UserError(f"{path} has {names.count(name)} columns {name!r}; which of them counts?")
    return names
