"""The outcome of a training, read and checked: a file that is damaged counts as missing.

A study asks for the same files many times; each is read once, and anew where it is another one by then. What is
returned is shared, and not to be changed.
"""

import csv
import math
from itertools import zip_longest
from pathlib import Path
from typing import Any

from experiments.files import read_json, read_once
from experiments.folder import METRICS, RESULT, TRIAL, State

Curve = list[dict[str, float]]


def read_result(folder: Path) -> dict[str, Any] | None:
    """The result of a training, whatever it was made from; None if there is none that can be read."""
    return read_once(f"{folder}/{RESULT}", _result)


def read_curve(folder: Path) -> Curve | None:
    """The rows of a metrics.csv, NaN where a cell is empty; None if there is none that can be read."""
    return read_once(f"{folder}/{METRICS}", _curve)


def read_origin(folder: Path) -> dict[str, Any] | None:
    """What a training says in its trial.json that it is made from; None if there is none that can be read."""
    return read_once(f"{folder}/{TRIAL}", _origin)


def _result(path: Path) -> dict[str, Any] | None:
    content = read_json(path)
    return content if content is not None and _is_result(content) else None


def _origin(path: Path) -> dict[str, Any] | None:
    made_from = (read_json(path) or {}).get("made_from")
    return made_from if isinstance(made_from, dict) else None


def _curve(path: Path) -> Curve | None:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *lines = csv.reader(file)
        rows = [{name: float(cell or "nan") for name, cell in zip_longest(header, line)} for line in lines if line]
    except (OSError, ValueError, csv.Error):  # an empty file has no header, a ValueError
        return None
    if any(len(line) > len(header) for line in lines):
        return None
    placed = all(math.isfinite(row.get(name, math.nan)) for row in rows for name in ("epoch", "step"))
    return rows if rows and placed else None


def is_number(value: Any) -> bool:
    """Whether JSON gave a number; NaN is one."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_result(content: dict[str, Any]) -> bool:
    metrics, cost, versions = (content.get(key) for key in ("metrics", "cost", "versions"))
    return (
        content.get("status") in (State.DONE, State.DIVERGED)
        and isinstance(content.get("made_from"), dict)
        and isinstance(content.get("reason", ""), str)
        and isinstance(metrics, dict)
        and all(map(is_number, metrics.values()))
        and isinstance(cost, dict)
        and all(value is None or is_number(value) for value in cost.values())
        and isinstance(versions, dict)
        and all(isinstance(value, str) for value in versions.values())
    )
