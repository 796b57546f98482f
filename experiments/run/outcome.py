"""The outcome of a training, read and checked: a file that is damaged counts as missing."""

import csv
import math
from pathlib import Path
from typing import Any

from experiments.files import read_json
from experiments.folder import METRICS, RESULT, State

Curve = list[dict[str, float]]


def read_result(folder: Path) -> dict[str, Any] | None:
    """The result of a training, whatever it was made from; None if there is none that can be read."""
    content = read_json(folder / RESULT)
    return content if content is not None and _is_result(content) else None


def read_curve(folder: Path) -> Curve | None:
    """The rows of a metrics.csv, NaN where a cell is empty; None if there is none that can be read."""
    try:
        with (folder / METRICS).open(encoding="utf-8", newline="") as file:
            rows = [{name: float(value or "nan") for name, value in row.items()} for row in csv.DictReader(file)]
    except (OSError, ValueError, TypeError, csv.Error):  # TypeError: cells beyond the header
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
