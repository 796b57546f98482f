"""Learning curves: the baseline's own, and every arm's mean paired difference to it with a band over the seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.draw.scale import Scale, limits
from experiments.report.page.entries import Entry
from experiments.report.page.lines import Lines, of_arm, of_difference
from experiments.results.study import Study

POINTS = 200  # on a line at most


@dataclass(frozen=True)
class Panel:
    """One small plot.

    Args:
        entry: The arm; None for the baseline.
        lines: What it shows.
    """

    entry: Entry | None
    lines: Lines


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
    baseline = of_arm(study, study.plan.arms[0].name)
    arms = [(entry, of_difference(study, entry.compared)) for entry in entries if entry.compared]
    epochs = _epochs([baseline, *(lines for _, lines in arms)])
    if not epochs:
        return None
    kept = {*epochs[:: math.ceil(len(epochs) / POINTS)], epochs[-1]}
    metric, ablation = study.plan.ablation.curve[0], study.plan.ablation
    sesoi = ablation.sesoi if metric == ablation.metric else 0.0
    return Curves(
        metric,
        sesoi,
        Panel(None, baseline.thinned(kept)),
        [Panel(entry, lines.thinned(kept)) for entry, lines in arms],
        x=Scale(epochs[0], max(epochs[-1], epochs[0] + 1)),
        y_baseline=_values(baseline),
        y=_differences([lines for _, lines in arms], sesoi),
    )


def _epochs(shown: Sequence[Lines]) -> list[int]:
    return sorted({epoch for lines in shown for line in lines.seeds.values() for epoch, _ in line})


def _values(lines: Lines) -> Scale:
    return Scale(*limits(value for line in lines.seeds.values() for _, value in line), 100.0, 0.0)


def _differences(shown: Sequence[Lines], sesoi: float) -> Scale:
    """A scale for means and ±Δ; bands, wide at first, may leave it."""
    means = [value for lines in shown for _, value in lines.mean]
    bands = [end for lines in shown for _, *ends in lines.band for end in ends]
    return Scale(*limits([*means, -1.25 * sesoi, 1.25 * sesoi], bands), 100.0, 0.0)
