"""Cost against benefit: is the effect worth the time?"""

import math
from dataclasses import dataclass

from experiments.draw.scale import Scale, limits
from experiments.report.page.entries import Entry

HEIGHT, GAP = 320.0, 30.0  # pixels; a gap holds a name of two lines


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
    height: float


def tradeoff(entries: list[Entry], sesoi: float) -> Tradeoff | None:
    """Lay out the tricks; None before there are two to compare."""
    tricks = [entry for entry in entries if not entry.verdict.placebo]
    fits = [entry for entry in tricks if _fits(entry)]
    if len(fits) < 2:
        return None
    times = [end for e in fits for c in [e.costs["seconds_per_step"]] for end in (c.low, c.high) if end]
    bars = [end for e in fits for end in (e.verdict.plain_low, e.verdict.plain_high)]
    x = Scale(*limits([*times, 0.95, 1.05]))
    height = max(HEIGHT, GAP * len(fits))
    y = Scale(*limits([*(e.verdict.mean for e in fits), -sesoi, sesoi], bars), height, 0.0)
    labels = spread([y(e.verdict.mean) for e in fits], height)
    points = [
        Point(e, e.costs["seconds_per_step"].ratio or math.nan, e.verdict.mean, label)
        for e, label in zip(fits, labels, strict=True)
    ]
    left_out = [entry for entry in tricks if entry not in fits]
    front = pareto([(1.0, 0.0), *((point.time, point.effect) for point in points)])
    return Tradeoff(points, left_out, front, x, y, height)


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


def spread(wished: list[float], height: float) -> list[float]:
    """Places near the wished ones that keep a gap and stay within the height, so that no two names overlap."""
    order = sorted(range(len(wished)), key=lambda i: wished[i])
    places = list(wished)
    lowest = GAP / 2
    for i in order:
        places[i] = max(places[i], lowest)
        lowest = places[i] + GAP
    highest = height - GAP / 2
    for i in reversed(order):
        places[i] = min(places[i], highest)
        highest = places[i] - GAP
    return places
