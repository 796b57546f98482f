"""Metrics of single classes: where an effect comes from."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.report.means import Mean, mean
from experiments.report.page.entries import Entry
from experiments.report.page.summary import Level
from experiments.results.paired import complete
from experiments.results.study import Row, Study


@dataclass(frozen=True)
class ClassTable:
    """One metric by class, under one condition.

    Args:
        metric: Such as val/iou.
        level: The baseline there.
        entries: The effects there; in the last table also those between conditions.
        rows: (class, the baseline's mean, mean of each effect).
    """

    metric: str
    level: Level
    entries: list[Entry]
    rows: list[tuple[str, Mean, list[Mean]]]


def class_tables(study: Study, levels: Sequence[Level], entries: Sequence[Entry]) -> list[ClassTable]:
    """Tables of each metric of the primary metric's split that is given by class, such as val/iou/road."""
    split = study.plan.ablation.metric.split("/")[0]
    names = sorted({name for row in study.rows for name in row if name.startswith(f"{split}/") and name.count("/") > 1})
    columns = [(level, _shown(entries, level, level is levels[-1])) for level in levels]
    metrics = dict.fromkeys("/".join(name.split("/")[:2]) for name in names)
    return [
        _table(study, metric, [name for name in names if name.startswith(f"{metric}/")], *column)
        for metric in metrics
        for column in columns
    ]


def _shown(entries: Sequence[Entry], level: Level, last: bool) -> list[Entry]:
    fits = {level.condition, ""} if last else {level.condition}
    return [entry for entry in entries if entry.effect.weights and entry.effect.condition in fits]


def _table(study: Study, metric: str, names: Sequence[str], level: Level, entries: list[Entry]) -> ClassTable:
    """Each trial is looked up once, not once for each class."""
    weighed = [{level.arm: 1.0}, *(entry.effect.weights for entry in entries)]
    shown = [(weights, complete(study, weights)) for weights in weighed]
    rows = []
    for name in names:
        first, *others = [mean(_weighed(weights, each, name) for each in runs) for weights, runs in shown]
        rows.append((name.split("/", 2)[2], first, others))
    return ClassTable(metric, level, entries, rows)


def _weighed(weights: Mapping[str, float], rows: Mapping[str, Row], name: str) -> float:
    return math.fsum(weight * rows[arm].get(name, math.nan) for arm, weight in weights.items())
