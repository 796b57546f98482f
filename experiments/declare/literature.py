"""Published effects of tricks: experiments/literature.yaml, checked."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from experiments.declare import configs
from experiments.declare.keys import is_number
from experiments.errors import UserError

FILE = configs.PACKAGE / "literature.yaml"
NUMBERS = ("before", "after", "difference")
OPTIONAL = ("length", *NUMBERS)


@dataclass(frozen=True)
class Row:
    """One published effect, in points of a hundred.

    Args:
        trick: Name of the trick.
        data: Data set that it was measured on.
        backbone: Of the network.
        metric: What was measured; of an error less is better.
        change: What was put in the place of what.
        source: The paper and its table, or the file of a model zoo and its entries.
        length: How long each run was trained; empty where the source does not say it.
        before: Without the trick; None where only the difference was published.
        after: With it.
        difference: After − before.
    """

    trick: str
    data: str
    backbone: str
    metric: str
    change: str
    source: str
    length: str = ""
    before: float | None = None
    after: float | None = None
    difference: float | None = None

    @property
    def gain(self) -> float:
        """By how many points the trick was better, whichever way the metric goes."""
        if self.before is not None and self.after is not None:
            difference = self.after - self.before
        else:
            difference = self.difference or 0.0
        return -difference if self.metric.endswith("error") else difference


def read_literature(file: Path = FILE) -> dict[str, list[Row]]:
    """The rows of each trick that has some.

    Args:
        file: The YAML.

    Raises:
        UserError: If a trick is unknown or a row lacks what it must say; names the row and what would be right.
    """
    known = {path.stem for path in (configs.PACKAGE / "tricks").glob("*.yaml")}
    found = {}
    for trick, rows in configs.read_yaml(file).items():
        if trick not in known:
            raise UserError(f"{file}: no trick is called {trick!r}{configs.nearest(str(trick), sorted(known))}")
        if not isinstance(rows, list) or not rows:
            raise UserError(f"{file}: {trick} must hold a list of rows, got {rows!r}")
        found[trick] = [_row(trick, row, f"{file}: row {i} of {trick}") for i, row in enumerate(rows, 1)]
    return found


@functools.cache
def published() -> dict[str, list[Row]]:
    """The rows of the package."""
    return read_literature()


def _row(trick: str, row: Any, where: str) -> Row:
    names = [field.name for field in fields(Row)][1:]
    if not isinstance(row, dict) or any(key not in names for key in row):
        wrong = [key for key in row if key not in names] if isinstance(row, dict) else row
        raise UserError(f"{where} may say {', '.join(names)}, got {wrong!r}")
    for key in [name for name in names if name in row or name not in OPTIONAL]:
        if key not in NUMBERS and not (isinstance(row.get(key), str) and row[key].strip()):
            raise UserError(f"{where}: {key} must be text, got {row.get(key)!r}")
    return Row(trick, **{**row, **_figures(row, where)})


def _figures(row: Mapping[str, Any], where: str) -> dict[str, float]:
    given = {key: row[key] for key in NUMBERS if key in row}
    for key, value in given.items():
        if not is_number(value):
            raise UserError(f"{where}: {key} must be a number, got {value!r}")
    if set(given) not in ({"before", "after"}, {"difference"}):
        got = ", ".join(given) or "neither"
        raise UserError(f"{where} must give before and after, or the difference alone, got {got}")
    return {key: float(value) for key, value in given.items()}
