"""What was published of the tricks, beside their effects here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.report.page.entries import Entry
from experiments.report.published import POINTS, Beside, beside, here
from experiments.results.study import Study


@dataclass(frozen=True)
class Published:
    """The section.

    Args:
        here: What the effects here were measured on.
        note: How to read published figures.
        rows: Each effect as the page shows it, and what was published of its trick.
    """

    here: str
    note: str
    rows: list[tuple[Entry, Beside]]

    @property
    def sources(self) -> dict[str, Beside]:
        """One for each trick, by what it is called on the page."""
        return {entry.name: each for entry, each in self.rows}


def published_plot(study: Study, entries: Sequence[Entry]) -> Published | None:
    """Lay it out; None where nothing was published of any trick here."""
    known = {entry.verdict.arm: entry for entry in entries}
    rows = [(known[each.effect.name], each) for each in beside(study)]
    return Published(here(study), POINTS, rows) if rows else None
