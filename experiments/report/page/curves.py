"""Learning curves: those of the baselines themselves, and every effect's mean with a band over the seeds."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from experiments.draw.scale import Scale, limits
from experiments.report.page.entries import Entry
from experiments.report.page.lines import Lines, of_arm, of_effect
from experiments.report.page.summary import Level
from experiments.results.study import Study

POINTS, FEWEST = 200, 20  # on a line
ALL_POINTS = 30_000  # on all lines of a page


@dataclass(frozen=True)
class Panel:
    """One small plot.

    Args:
        title: What it is called.
        lines: What it shows.
        arm: Whose effect; empty of a baseline.
    """

    title: str
    lines: Lines
    arm: str = ""

    def thinned(self, kept: Collection[int]) -> Panel:
        """The same at some epochs only."""
        return replace(self, lines=self.lines.thinned(kept))


@dataclass(frozen=True)
class Curves:
    """The panels: the baselines' with a scale of their own, the effects' with one in common.

    Args:
        metric: What they show.
        sesoi: The smallest effect that matters on its scale; 0 where verdicts are about another metric.
    """

    metric: str
    sesoi: float
    baselines: list[Panel]
    effects: list[Panel]
    x: Scale
    y_baselines: Scale
    y: Scale


def curve_plot(study: Study, levels: Sequence[Level], entries: Sequence[Entry]) -> Curves | None:
    """Lay out the learning curves of all finished trials; None before there are any."""
    baselines = [Panel(level.title, of_arm(study, level.arm)) for level in levels]
    weighed = [entry for entry in entries if entry.effect.weights]
    effects = [Panel(e.title, of_effect(study, e.effect.weights), e.verdict.arm) for e in weighed]
    kept = _kept([*baselines, *effects])
    if not kept:
        return None
    metric, ablation = study.plan.ablation.curve[0], study.plan.ablation
    sesoi = ablation.sesoi if metric == ablation.metric else 0.0
    return Curves(
        metric,
        sesoi,
        [panel.thinned(kept) for panel in baselines],
        [panel.thinned(kept) for panel in effects],
        x=Scale(kept[0], max(kept[-1], kept[0] + 1)),
        y_baselines=_values(baselines),
        y=_differences(effects, sesoi),
    )


def _kept(panels: Sequence[Panel]) -> list[int]:
    """The epochs that are shown: fewer where there are many lines, so that the page stays small."""
    seeds = [line for panel in panels for line in panel.lines.seeds.values()]
    epochs = sorted({epoch for line in seeds for epoch, _ in line})
    points = max(FEWEST, min(POINTS, ALL_POINTS // (len(seeds) + 3 * len(panels))))
    return sorted({*epochs[:: math.ceil(len(epochs) / points)], *epochs[-1:]}) if epochs else []


def _values(panels: Sequence[Panel]) -> Scale:
    values = [value for panel in panels for line in panel.lines.seeds.values() for _, value in line]
    return Scale(*limits(values or [0.0]), 100.0, 0.0)


def _differences(panels: Sequence[Panel], sesoi: float) -> Scale:
    """A scale for means and ± `sesoi`; bands, wide at first, may leave it."""
    means = [value for panel in panels for _, value in panel.lines.mean]
    bands = [end for panel in panels for _, *ends in panel.lines.band for end in ends]
    return Scale(*limits([*means, -1.25 * sesoi, 1.25 * sesoi], bands), 100.0, 0.0)
