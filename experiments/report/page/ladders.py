"""The plot of a ladder: each seed's way up, rung by rung."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from experiments.draw.scale import Scale, limits
from experiments.report.ladder import Rung, ladders
from experiments.report.page.entries import Entry
from experiments.results.study import Study

ROW = 40  # pixels


@dataclass(frozen=True)
class Segment:
    """From a rung to the one that it stands on.

    Args:
        rows: Numbers of the two rungs, the lower first.
        x: Of the two ends, in percent.
    """

    rows: tuple[int, int]
    x: tuple[float, float]

    @property
    def y(self) -> tuple[int, int]:
        """Of the two ends, in pixels."""
        below, above = self.rows
        return ROW * below + ROW // 2, ROW * above + ROW // 2


@dataclass(frozen=True)
class Ladder:
    """What the plot shows.

    Args:
        title: Of the design.
        rungs: (what it is called, the rung), from the foot.
        seeds: Seed → its steps.
        steps: Those of the means.
        x: Metric → percent of the width.
    """

    title: str
    rungs: list[tuple[str, Rung]]
    seeds: dict[int, list[Segment]]
    steps: list[Segment]
    x: Scale
    row: int = ROW

    @property
    def height(self) -> int:
        """Of all rungs, in pixels."""
        return self.row * len(self.rungs)


def plots(study: Study, entries: Sequence[Entry]) -> list[Ladder]:
    """Lay out the ladders that have a trial."""
    names = {entry.verdict.arm: entry.name for entry in entries}
    return [_plot(title, rungs, names) for title, rungs in ladders(study).items() if any(r.scores for r in rungs)]


def _plot(title: str, rungs: list[Rung], names: dict[str, str]) -> Ladder:
    x = Scale(*limits(value for rung in rungs for value in rung.scores.values()))
    ways = {seed: {rung.arm: rung.scores[seed] for rung in rungs if seed in rung.scores} for seed in rungs[0].scores}
    means = {rung.arm: rung.mean for rung in rungs if rung.mean is not None}
    called = [(f"+ {names[rung.verdict.arm]}" if rung.verdict else "Baseline", rung) for rung in rungs]
    seeds = {seed: list(_segments(rungs, way, x)) for seed, way in ways.items()}
    return Ladder(title, called, seeds, list(_segments(rungs, means, x)), x)


def _segments(rungs: list[Rung], values: dict[str, float], x: Scale) -> Iterator[Segment]:
    """From each rung's value to that of the rung below, which lies farther off where there are alternatives."""
    rows = {rung.arm: i for i, rung in enumerate(rungs)}
    for rung in rungs:
        if rung.step and rung.step.arm in values and rung.step.against in values:
            below, above = rung.step.against, rung.step.arm
            yield Segment((rows[below], rows[above]), (x(values[below]), x(values[above])))
