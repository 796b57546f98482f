"""Learning curves: the baseline's own, and every arm's mean paired difference to it with a band over the seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from experiments.draw.scale import Scale, limits
from experiments.folder import State
from experiments.plan.comparisons import Comparison
from experiments.report.page.entries import Entry
from experiments.results.paired import finished, pairs
from experiments.results.study import Row, Study

POINTS = 200  # on a line at most
Line = list[tuple[int, float]]  # (epoch, value)


@dataclass(frozen=True)
class Panel:
    """One small plot.

    Args:
        entry: The arm; None for the baseline.
        seeds: seed → its line.
        mean: Over the seeds, as far as all of them have come.
        band: (epoch, low, high): plain 95 % t of the mean.
        diverged: Seeds of which a run diverged.
    """

    entry: Entry | None
    seeds: dict[int, Line]
    mean: Line
    band: list[tuple[int, float, float]]
    diverged: list[int]


@dataclass(frozen=True)
class Curves:
    """The panels: the baseline's with a scale of its own, the others with one in common.

    Args:
        metric: What they show.
        sesoi: The smallest effect that matters on its scale; 0 where verdicts are about another metric.
    """

    metric: str
    sesoi: float

    baseline: Panel
    arms: list[Panel]
    x: Scale
    y_baseline: Scale
    y: Scale


def curves(study: Study, entries: Sequence[Entry]) -> Curves | None:
    """Lay out the learning curves of all finished trials; None before there are any."""
    first = study.plan.arms[0].name
    baseline = _panel(None, {s: _line(study, first, s) for s in finished(study, first)}, [])
    arms = [_difference(study, entry, entry.compared) for entry in entries if entry.compared]
    epochs = sorted({epoch for panel in (baseline, *arms) for line in panel.seeds.values() for epoch, _ in line})
    if not epochs:
        return None
    kept = {*epochs[:: math.ceil(len(epochs) / POINTS)], epochs[-1]}
    ablation, metric = study.plan.ablation, study.plan.ablation.curve[0]
    sesoi = ablation.sesoi if metric == ablation.metric else 0.0
    means = [value for panel in arms for _, value in panel.mean]
    bands = [end for panel in arms for _, *ends in panel.band for end in ends]
    return Curves(
        metric,
        sesoi,
        _thin(baseline, kept),
        [_thin(panel, kept) for panel in arms],
        x=Scale(epochs[0], max(epochs[-1], epochs[0] + 1)),
        y_baseline=Scale(*limits(value for line in baseline.seeds.values() for _, value in line), 100.0, 0.0),
        y=Scale(*limits([*means, -1.25 * sesoi, 1.25 * sesoi], bands), 100.0, 0.0),
    )


def _difference(study: Study, entry: Entry, compared: Comparison) -> Panel:
    sign = 1 if study.plan.ablation.curve[1] else -1
    lines, diverged = {}, []
    for ours, theirs in pairs(study, compared):
        mine, base = _line(study, compared.arm, ours["seed"]), dict(_line(study, compared.against, theirs["seed"]))
        lines[ours["seed"]] = [(epoch, sign * (value - base[epoch])) for epoch, value in mine if epoch in base]
        diverged += [ours["seed"]] * (State.DIVERGED in (ours["status"], theirs["status"]))
    return _panel(entry, lines, diverged)


def _panel(entry: Entry | None, seeds: dict[int, Line], diverged: list[int]) -> Panel:
    by_epoch = [dict(line) for line in seeds.values()]
    shared = sorted(set.intersection(*map(set, by_epoch))) if seeds else []
    values = np.array([[line[epoch] for epoch in shared] for line in by_epoch])
    mean = list(zip(shared, values.mean(axis=0).tolist(), strict=True)) if shared else []
    return Panel(entry, seeds, mean, _band(shared, values) if len(seeds) > 1 and shared else [], diverged)


def _band(epochs: list[int], values: NDArray[np.float64]) -> list[tuple[int, float, float]]:
    k = len(values)
    half = stats.t.ppf(0.975, k - 1) * values.std(axis=0, ddof=1) / math.sqrt(k)
    mean = values.mean(axis=0)
    return list(zip(epochs, (mean - half).tolist(), (mean + half).tolist(), strict=True))


def _thin(panel: Panel, kept: set[int]) -> Panel:
    """The panel at some epochs only, and each seed also at its last."""
    seeds = {s: [point for point in line if point[0] in kept or point is line[-1]] for s, line in panel.seeds.items()}
    mean = [point for point in panel.mean if point[0] in kept]
    return replace(panel, seeds=seeds, mean=mean, band=[point for point in panel.band if point[0] in kept])


def _line(study: Study, arm: str, seed: int) -> Line:
    """The validated epochs of a trial, counted from 1."""
    rows: list[Row] = study.curves.get(arm, {}).get(seed, [])
    line = [(int(row["epoch"]) + 1, row.get(study.plan.ablation.curve[0], math.nan)) for row in rows]
    return [point for point in line if math.isfinite(point[1])]
