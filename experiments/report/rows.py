"""The trials of a study as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.files import as_csv
from experiments.results.study import TIMINGS


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """The text of trials.csv: arm, seed, status, metrics by name, parameters, and last what a clock or meter said."""
    names = {name for row in rows for name in row}
    first = ["arm", "seed", "status"]
    metrics = sorted(names - set(first) - set(TIMINGS))
    columns = [*first, *metrics, *TIMINGS]
    return as_csv(columns, ([row.get(name, "") for name in columns] for row in rows))
