"""Metrics of single classes: where an effect comes from."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from experiments.report.page.entries import Entry
from experiments.results.paired import complete, scored
from experiments.results.study import Study


@dataclass(frozen=True)
class Mean:
    """A mean over seeds with its plain 95 % interval; NaN where there is none."""

    value: float
    low: float = math.nan
    high: float = math.nan

    @property
    def clear(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class ClassTable:
    """One metric by class.

    Args:
        metric: Such as val/iou.
        rows: (class, the baseline's mean, mean difference of each arm).
    """

    metric: str
    rows: list[tuple[str, Mean, list[Mean]]]


def class_tables(study: Study, entries: list[Entry]) -> list[ClassTable]:
    """A table for each metric of the primary metric's split that is given by class, such as val/iou/road."""
    split = study.plan.ablation.metric.split("/")[0]
    names = sorted({name for row in study.rows for name in row if name.startswith(f"{split}/") and name.count("/") > 1})
    metrics = dict.fromkeys("/".join(name.split("/")[:2]) for name in names)
    return [
        ClassTable(metric, [_row(study, entries, name) for name in names if name.startswith(f"{metric}/")])
        for metric in metrics
    ]


def _row(study: Study, entries: list[Entry], name: str) -> tuple[str, Mean, list[Mean]]:
    done = [row for row in study.rows if row["arm"] == study.plan.arms[0].name and scored(study, row)]
    baseline = _mean([row.get(name, math.nan) for row in done])
    return name.split("/", 2)[2], baseline, [_difference(study, entry, name) for entry in entries]


def _difference(study: Study, entry: Entry, name: str) -> Mean:
    both = complete(study, entry.compared)
    return _mean([ours.get(name, math.nan) - theirs.get(name, math.nan) for ours, theirs in both])


def _mean(values: list[float]) -> Mean:
    known = np.array([value for value in values if math.isfinite(value)])
    if not known.size:
        return Mean(math.nan)
    mean = float(known.mean())
    if known.size == 1:
        return Mean(mean)
    half = float(stats.t.ppf(0.975, known.size - 1) * known.std(ddof=1) / math.sqrt(known.size))
    return Mean(mean, mean - half, mean + half)
