"""Where effects come from: parts of the validation, and how far seeds and images leave an effect open."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.report import why
from experiments.report.page.entries import Entry
from experiments.report.page.summary import Level
from experiments.report.uncertainty import Uncertainty, uncertainties
from experiments.results.study import Study

if TYPE_CHECKING:
    from experiments.images.parts import Part
    from experiments.judge.parts import Gain

TITLES = {
    ("size", "small"): ("Small objects", "pixels that are right, or objects found"),
    ("size", "medium"): ("Medium objects", "likewise"),
    ("size", "large"): ("Large objects", "likewise"),
    ("place", "boundaries"): ("Boundaries", "boundary IoU"),
    ("place", "everywhere"): ("Everywhere", "IoU"),
    ("error", "class"): ("Wrong class", "AP50 that it costs"),
    ("error", "place"): ("Box out of place", "likewise"),
    ("error", "both"): ("Wrong class and place", "likewise"),
    ("error", "duplicate"): ("Duplicate", "likewise"),
    ("error", "background"): ("Detection of nothing", "likewise"),
    ("error", "missed"): ("Missed object", "likewise"),
}


@dataclass(frozen=True)
class PartTable:
    """The effects under one condition by the parts of the validation that are no classes.

    Args:
        level: The baseline there.
        entries: The effects there of which the images are known.
        rows: (the part, what is scored of it, the baseline's mean score, the gain of each effect if it has one).
    """

    level: Level
    entries: list[Entry]
    rows: list[tuple[str, str, float, list[Gain | None]]]


@dataclass(frozen=True)
class Reasons:
    """What the section shows.

    Args:
        sentences: (an effect, which part of it stands out).
        tables: A table a condition.
        uncertainties: (an effect, what leaves it open).
    """

    sentences: list[tuple[Entry, str]]
    tables: list[PartTable]
    uncertainties: list[tuple[Entry, Uncertainty]]


def reasons(study: Study, levels: Sequence[Level], entries: Sequence[Entry]) -> Reasons | None:
    """Where the effects come from; None where trials have left nothing of their images."""
    found = {each.effect.name: each for each in why.why(study)}
    open_by = {each.effect.name: each for each in uncertainties(study)}
    tables = [_table(study, level, entries, found) for level in levels]
    return (
        Reasons(
            [(entry, said) for entry, each in _of(entries, found) if (said := each.sentence())],
            [table for table in tables if table.rows],
            list(_of(entries, open_by)),
        )
        if found or open_by
        else None
    )


def _of(entries: Sequence[Entry], found: Mapping[str, Any]) -> Iterable[tuple[Entry, Any]]:
    return ((entry, found[entry.effect.name]) for entry in entries if entry.effect.name in found)


def _table(study: Study, level: Level, entries: Sequence[Entry], found: Mapping[str, why.Why]) -> PartTable:
    shown = [entry for entry, _ in _of(entries, found) if entry.effect.condition == level.condition]
    gains = [found[entry.effect.name].gains for entry in shown]
    rows = [
        (*TITLES[part], _mean(study, level.arm, part), [each.get(part) for each in gains])
        for part in TITLES
        if any(part in each for each in gains)
    ]
    return PartTable(level, shown, rows)


def _mean(study: Study, arm: str, part: Part) -> float:
    values = [abs(one.parts.get(part, math.nan)) for one in study.images.get(arm, {}).values()]
    known = [value for value in values if math.isfinite(value)]
    return math.fsum(known) / len(known) if known else math.nan
