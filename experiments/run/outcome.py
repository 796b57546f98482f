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
_last_code: list[Any] = [None]  # of the result that was read last: most have the same, and one copy is enough


def read_result(folder: Path) -> dict[str, Any] | None:
    """The result of a training, whatever it was made from; None if there is none that can be read."""
    return read_once(f"{folder}/{RESULT}", _result)


def read_curve(folder: Path) -> Curve | None:
    """The rows of a metrics.csv, NaN where a cell is empty; None if there is none that can be read.

    That there are rows, `has_curve` need not find out again.
    """
    curve = _curve(folder / METRICS)
    read_once(f"{folder}/{METRICS}", lambda _: curve is not None)
    return curve


def has_curve(folder: Path) -> bool:
    """Whether there are such rows; thousands of trials' would fill the memory."""
    return bool(read_once(f"{folder}/{METRICS}", lambda path: _curve(path) is not None))


def has_origin(folder: Path) -> bool:
    """Whether a training says in its trial.json what it is made from."""
    return bool(read_once(f"{folder}/{TRIAL}", lambda path: isinstance((read_json(path) or {}).get("made_from"), dict)))


def _result(path: Path) -> dict[str, Any] | None:
    content = read_json(path)
    if content is None or not _is_result(content):
        return None
    made_from = content["made_from"]
    if made_from.get("code") == _last_code[0]:
        made_from["code"] = _last_code[0]
    _last_code[0] = made_from.get("code")
    return content


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
