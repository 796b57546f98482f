"""Runs over their epochs: each seed's line, their mean and its band."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special  # its statistics take longer to import than a page to write

from experiments.draw.scale import Scale
from experiments.folder import State
from experiments.results.paired import joined
from experiments.results.study import Row, Study

Line = list[tuple[int, float]]  # (epoch, value)


@dataclass(frozen=True)
class Lines:
    """The seeds of an arm, or of an effect.

    Args:
        seeds: seed → its line.
        mean: Over the seeds, as far as all of them have come.
        band: (epoch, low, high): plain 95 % t of the mean.
        diverged: Seeds of which a run diverged.
    """

    seeds: dict[int, Line]
    mean: Line
    band: list[tuple[int, float, float]]
    diverged: list[int]

    def thinned(self, kept: Collection[int]) -> Lines:
        """The same at some epochs only, and each seed also at its last."""
        seeds = {seed: [p for p in line if p[0] in kept or p is line[-1]] for seed, line in self.seeds.items()}
        mean, band = [p for p in self.mean if p[0] in kept], [p for p in self.band if p[0] in kept]
        return Lines(seeds, mean, band, self.diverged)


def of_arm(study: Study, arm: str) -> Lines:
    """The finished runs of an arm themselves."""
    return _lines({seed: _line(study, row) for seed, row in study.finished[arm].items()}, [])


def of_effect(study: Study, weights: Mapping[str, float]) -> Lines:
    """An effect seed by seed, turned so that more is better; a seed is that of the first arm."""
    sign = 1 if study.plan.ablation.curve[1] else -1
    seeds: dict[int, Line] = {}
    diverged = []
    for rows in joined(study, weights):
        first, *others = [dict(_line(study, row)) for row in rows.values()]
        seed = next(iter(rows.values()))["seed"]
        shared = [epoch for epoch in first if all(epoch in other for other in others)]
        counted = [(weight * sign, line) for weight, line in zip(weights.values(), (first, *others), strict=True)]
        seeds[seed] = [(epoch, math.fsum(weight * line[epoch] for weight, line in counted)) for epoch in shared]
        diverged += [seed] * any(row["status"] == State.DIVERGED for row in rows.values())
    return _lines(seeds, diverged)


def traced(line: Line, x: Scale, y: Scale) -> str:
    """A line as the path of an SVG, in the positions of two scales; a template's loop takes five times as long."""
    return f"M{'L'.join(f'{x(epoch)} {y(value)}' for epoch, value in line)}h0"


def _lines(seeds: dict[int, Line], diverged: list[int]) -> Lines:
    by_epoch = [dict(line) for line in seeds.values()]
    shared = sorted(set.intersection(*map(set, by_epoch))) if seeds else []
    if not shared:
        return Lines(seeds, [], [], diverged)
    values = np.array([[line[epoch] for epoch in shared] for line in by_epoch])
    mean = list(zip(shared, values.mean(axis=0).tolist(), strict=True))
    return Lines(seeds, mean, _band(shared, values) if len(seeds) > 1 else [], diverged)


def _band(epochs: list[int], values: NDArray[np.float64]) -> list[tuple[int, float, float]]:
    k = len(values)
    half = special.stdtrit(k - 1, 0.975) * values.std(axis=0, ddof=1) / math.sqrt(k)
    mean = values.mean(axis=0)
    return list(zip(epochs, (mean - half).tolist(), (mean + half).tolist(), strict=True))


def _line(study: Study, row: Row) -> Line:
    """The validated epochs of a trial, counted from 1."""
    epochs = study.curves.get(row["arm"], {}).get(row["seed"], [])
    line = [(int(each["epoch"]) + 1, each.get(study.plan.ablation.curve[0], math.nan)) for each in epochs]
    return [point for point in line if math.isfinite(point[1])]
