"""Logs in the form of a CSV table with a row an epoch or a step."""

from pathlib import Path

from experiments.results.readers.rows import read_rows


def history(path: Path) -> dict[str, list[str]]:
    """Column → its values in order; a row without one is passed over.

    Raises:
        UserError: for a file that is not a CSV table.
    """
    logged: dict[str, list[str]] = {}
    for _, row in read_rows(path):
        for name, cell in row.items():
            logged.setdefault(name, []).extend([cell] if cell else [])
    return logged
