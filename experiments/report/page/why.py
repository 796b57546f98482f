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

OF_PIXELS = {
    ("size", "small"): ("Small objects", "pixels that are right"),
    ("size", "medium"): ("Medium objects", "pixels that are right"),
    ("size", "large"): ("Large objects", "pixels that are right"),
    ("place", "boundaries"): ("Boundaries", "boundary IoU"),
    ("place", "everywhere"): ("Everywhere", "IoU"),
}
OF_BOXES = {
    ("size", "small"): ("Small objects", "found at IoU 0.5"),
    ("size", "medium"): ("Medium objects", "found at IoU 0.5"),
    ("size", "large"): ("Large objects", "found at IoU 0.5"),
    ("error", "class"): ("Wrong class", "AP50 that it costs"),
    ("error", "place"): ("Box out of place", "AP50 that it costs"),
    ("error", "both"): ("Wrong class and place", "AP50 that it costs"),
    ("error", "duplicate"): ("Duplicate", "AP50 that it costs"),
    ("error", "background"): ("Detection of nothing", "AP50 that it costs"),
    ("error", "missed"): ("Missed object", "AP50 that it costs"),
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
        limit: How much of a large study is looked into.
    """

    sentences: list[tuple[Entry, str]]
    tables: list[PartTable]
    uncertainties: list[tuple[Entry, Uncertainty]]
    limit: str


def reasons(study: Study, levels: Sequence[Level], entries: Sequence[Entry]) -> Reasons | None:
    """Where the effects come from; None where trials have left nothing of their images."""
    found = {each.effect.name: each for each in why.find_causes(study)}
    open_by = {each.effect.name: each for each in uncertainties(study)}
    limit = why.limit(study)
    tables = [_table(study, level, entries, found) for level in levels]
    return (
        Reasons(
            [(entry, said) for entry, each in _of(entries, found) if (said := each.sentence())],
            [table for table in tables if table.rows],
            list(_of(entries, open_by)),
            limit,
        )
        if found or open_by or limit
        else None
    )


def _of(entries: Sequence[Entry], found: Mapping[str, Any]) -> Iterable[tuple[Entry, Any]]:
    return ((entry, found[entry.effect.name]) for entry in entries if entry.effect.name in found)


def _table(study: Study, level: Level, entries: Sequence[Entry], found: Mapping[str, why.Why]) -> PartTable:
    shown = [entry for entry, _ in _of(entries, found) if entry.effect.condition == level.condition]
    gains = [found[entry.effect.name].gains for entry in shown]
    known = {part for each in gains for part in each}
    titles = OF_PIXELS if ("place", "boundaries") in known else OF_BOXES
    rows = [
        (*title, _mean(study, level.arm, part), [each.get(part) for each in gains])
        for part, title in titles.items()
        if part in known
    ]
    return PartTable(level, shown, rows)


def _mean(study: Study, arm: str, part: Part) -> float:
    values = [abs(one.parts.get(part, math.nan)) for one in study.images.get(arm, {}).values()]
    known = [value for value in values if math.isfinite(value)]
    return math.fsum(known) / len(known) if known else math.nan
