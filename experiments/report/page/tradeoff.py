"""Cost against benefit: is the effect worth the time?"""

import math
from dataclasses import dataclass

from experiments.draw.labels import spread
from experiments.draw.scale import Scale, limits
from experiments.report.page.entries import Entry

HEIGHT, GAP = 320.0, 36.0  # pixels; a gap holds a name of two lines


@dataclass(frozen=True)
class Point:
    """A trick.

    Args:
        entry: The trick.
        time: Of a step, as a multiple of the baseline's.
        effect: Mean difference.
        label: Height of its name in the margin, in pixels.
    """

    entry: Entry
    time: float
    effect: float
    label: float


@dataclass(frozen=True)
class Tradeoff:
    """What the plot shows.

    Args:
        points: The tricks of which both the time and an interval are known.
        left_out: Those without, or so far off by a diverged run that the others would be pressed together.
        pareto: (time, effect) of what nothing beats in both, by time; the baseline takes part.
        x: Time → percent of the width.
        y: Effect → pixels from the top.
    """

    points: list[Point]
    left_out: list[Entry]
    pareto: list[tuple[float, float]]
    x: Scale
    y: Scale

    @property
    def height(self) -> float:
        """Of the plot, in pixels."""
        return self.y.start


def tradeoff_plot(entries: list[Entry], sesoi: float) -> Tradeoff | None:
    """Lay out the tricks; None before there are two to compare."""
    tricks = [entry for entry in entries if entry.effect.priced and not entry.verdict.placebo]
    shown = [entry for entry in tricks if _fits(entry)]
    if len(shown) < 2:
        return None
    y = _effects(shown, sesoi)
    points = _points(shown, y)
    front = pareto([(1.0, 0.0), *((point.time, point.effect) for point in points)])
    return Tradeoff(points, [entry for entry in tricks if entry not in shown], front, _times(shown), y)


def _times(shown: list[Entry]) -> Scale:
    costs = [entry.costs["seconds_per_step"] for entry in shown]
    return Scale(*limits([*(end for cost in costs for end in (cost.low, cost.high) if end), 0.95, 1.05]))


def _effects(shown: list[Entry], sesoi: float) -> Scale:
    bars = [end for entry in shown for end in (entry.verdict.plain_low, entry.verdict.plain_high)]
    means = [entry.verdict.mean for entry in shown]
    return Scale(*limits([*means, -sesoi, sesoi], bars), max(HEIGHT, GAP * len(shown)), 0.0)


def _points(shown: list[Entry], y: Scale) -> list[Point]:
    labels = spread([y(entry.verdict.mean) for entry in shown], y.start, GAP)
    times = [entry.costs["seconds_per_step"].ratio or math.nan for entry in shown]
    return [
        Point(entry, time, entry.verdict.mean, label) for entry, time, label in zip(shown, times, labels, strict=True)
    ]


def _fits(entry: Entry) -> bool:
    known = entry.costs["seconds_per_step"].ratio is not None and math.isfinite(entry.verdict.plain_low)
    return known and entry.verdict.complete is None


def pareto(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Those that no other beats in time and effect, by time."""
    front: list[tuple[float, float]] = []
    for time, effect in sorted(points, key=lambda point: (point[0], -point[1])):
        if not front or effect > front[-1][1]:
            front.append((time, effect))
    return front
