"""A CSV of runs as arm → {seed → metric}."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from experiments.declare.configs import nearest
from experiments.errors import UserError
from experiments.folder import State


def read_scores(path: Path, metric: str) -> dict[str, dict[int, float]]:
    """Read a CSV of runs into arm → {seed → metric}, arms in the order they appear.

    Raises:
        UserError: for a table that cannot be read, naming the line.
    """
    scores: dict[str, dict[int, float]] = {}
    lines: dict[tuple[str, int], int] = {}
    for line, arm, seed, value in _rows(path, metric):
        where = f"{path}, line {line}"
        if not arm:
            raise UserError(f"{where}: the arm has no name")
        try:
            key = arm, int(seed)
        except ValueError:
            raise UserError(f"{where}: the seed must be an integer, got {seed!r}") from None
        if key in lines:
            raise UserError(f"{where}: seed {key[1]} of {arm!r} was given before, on line {lines[key]}")
        lines[key] = line
        try:
            scores.setdefault(arm, {})[key[1]] = float(value)
        except ValueError:
            raise UserError(f"{where}: {metric} must be a number, or nan if it diverged, got {value!r}") from None
    if not scores:
        raise UserError(f"{path} holds no runs")
    return scores


def _rows(path: Path, metric: str) -> Iterable[tuple[int, str, str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            names = [name.strip() for name in next(reader, [])]
            columns = [_column(path, names, name) for name in ("arm", "seed", metric)]
            for line in filter(None, reader):
                cells = [cell.strip() for cell in line]
                if any(cells[len(names) :]):
                    raise UserError(f"{path}, line {reader.line_num}: {len(cells)} cells, but {len(names)} columns")
                row = dict(zip(names, cells, strict=False))
                arm, seed, value = (row.get(column, "") for column in columns)
                # A trials.csv of ours keeps the last metrics of a run that diverged later on.
                yield reader.line_num, arm, seed, "nan" if row.get("status") == State.DIVERGED else value
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} is not a CSV table in UTF-8: {error}") from error


def _column(path: Path, columns: Sequence[str], name: str) -> str:
    if columns.count(name) > 1:
        raise UserError(f"{path} has {columns.count(name)} columns {name!r}; which of them counts?")
    if name in columns:
        return name
    raise UserError(f"{path} has no column {name!r}{nearest(name, columns)}")
