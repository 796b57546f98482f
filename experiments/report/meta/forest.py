"""Pooled bundles as a forest plot."""

from collections.abc import Iterator
from pathlib import Path

from experiments.draw.scale import Scale, limits
from experiments.draw.svg import colour, text, write_svg
from experiments.report.meta.opened import Part
from experiments.report.meta.pooled import Meta, Trick
from experiments.report.meta.text import places_of
from experiments.report.numbers import interval, signed

LEFT, PLOT, RIGHT, ROW, TOP = 240, 420, 190, 22, 34  # pixels


def write_forest(meta: Meta, out: Path) -> None:
    """Of each trick what every study says, at 95 % of its own, and what they say together, dotted for another study."""
    ends = [end for trick in meta.tricks for end in (trick.pooled.low, trick.pooled.high)]
    wished = [end for trick in meta.tricks for part in trick.parts for end in part.interval]
    x, places = Scale(*limits([0, *ends], wished), LEFT, LEFT + PLOT), places_of(meta)
    height = TOP + ROW * sum(len(trick.parts) + 2 for trick in meta.tricks)
    shapes, y = list(_grid(x, height)), TOP
    for trick in meta.tricks:
        shapes.append(text(8, y, trick.name, "start", ' font-weight="bold"'))
        for i, part in enumerate(trick.parts, 1):
            shapes += _study(part, trick.pooled.weights[i - 1], x, y + i * ROW, places)
        y += ROW * (len(trick.parts) + 2)
        shapes += _together(trick, x, y - ROW, places)
    title = f"Δ {meta.opened[0].metric} over {len(meta.opened)} studies; above 0 is better"
    write_svg(out, title, LEFT + PLOT + RIGHT, height + 20, shapes)


def _study(part: Part, weight: float, x: Scale, y: float, places: int) -> Iterator[str]:
    half, at = 3 + 5 * weight, x.clip(part.verdict.effect)
    yield _span(x, y, *part.interval)
    yield f'<rect x="{at - half:.2f}" y="{y - 4 - half:.2f}" width="{2 * half:.2f}" height="{2 * half:.2f}"/>'
    yield _row(y, part.study, part.verdict.effect, *part.interval, places)


def _together(trick: Trick, x: Scale, y: float, places: int) -> Iterator[str]:
    found = trick.pooled
    low, at, high = x.clip(found.low), x(found.effect), x.clip(found.high)
    yield _span(x, y, found.prediction_low, found.prediction_high, ' stroke-dasharray="2 3"')
    yield f'<path d="M{low} {y - 4}L{at} {y - 10}L{high} {y - 4}L{at} {y + 2}Z" fill="{colour(0)}"/>'
    yield _row(y, "together", found.effect, found.low, found.high, places)


def _grid(x: Scale, height: float) -> Iterator[str]:
    for value, words in x.ticks():
        shade = "#888" if value == 0 else "#ddd"
        yield f'<path d="M{x(value)} 12V{height}" stroke="{shade}"/>{text(x(value), height + 14, words)}'


def _span(x: Scale, y: float, low: float, high: float, more: str = "") -> str:
    return f'<path d="M{x.clip(low)} {y - 4}H{x.clip(high)}" stroke="black"{more}/>'


def _row(y: float, name: str, effect: float, low: float, high: float, places: int) -> str:
    shown = f"{signed(effect, places)} {interval(low, high, places)}"
    return text(24, y, name, "start") + text(LEFT + PLOT + 12, y, shown, "start")
