"""Interactions of two tricks as a picture that stands alone: the page's heat map, a square for each pair."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from experiments.draw.figure import Figure, Inset, Words, wrapped
from experiments.report.numbers import interval, signed
from experiments.report.page.interactions import Cell, Together

LEFT, HEAD, ROW = 260.0, 104.0, 46.0  # pixels: names to the left and above, and a row
LETTER = 6.0  # pixels, of the font's width
GREY = {"alias": "alias", "overlap": "overlaps", "none": "alternatives"}
READ = (
    "What a trick adds with another minus what it adds without it; framed, each trick’s average effect. "
    "Not bold: the interval holds 0."
)


@dataclass(frozen=True)
class Square:
    """A cell: its place in pixels, the colour's CSS class and how strong it is."""

    x: float
    y: float
    width: float
    kind: str
    strength: float
    height: float = ROW


def heat_map(together: Together, title: str, places: int) -> Figure | None:
    """Draw a design's averages and interactions; None before one is known."""
    cells = [(i, j, cell) for i, (_, row) in enumerate(together.rows) for j, cell in enumerate(row)]
    if not any(cell.contrast and math.isfinite(cell.contrast.effect) for _, _, cell in cells):
        return None
    said = [_said(cell, places) for _, _, cell in cells]
    wide = 20 + LETTER * max(len(line) for lines in said for line in lines)
    squares = [Square(wide * j, ROW * i, wide, *_colour(cell)) for i, j, cell in cells]
    inside = chain.from_iterable(map(_inside, squares, said, (cell for _, _, cell in cells)))
    names = [*_names(together, wide), *inside]
    width, bottom = max(760.0, LEFT + wide * len(together.tricks) + 16), HEAD + ROW * len(together.rows)
    notes = list(_notes(together, bottom + 24, width, places))
    inset = Inset(LEFT, HEAD, width - LEFT, bottom - HEAD, "heat.svg", squares)
    height = max(line.y for line in notes) + 20
    return Figure(f"{title} ({together.title})", height, [*names, *notes], [inset], width)


def _said(cell: Cell, places: int) -> list[str]:
    if cell.kind in GREY or cell.contrast is None:
        return [f"{GREY.get(cell.kind, '')} {cell.mark}".strip()]
    c = cell.contrast
    return [signed(c.effect, places), interval(c.low, c.high, places) if math.isfinite(c.low) else ""]


def _colour(cell: Cell) -> tuple[str, float]:
    if cell.kind in GREY or cell.contrast is None:
        return "mixed", 1.0
    tone = "good" if cell.contrast.effect > 0 else "bad"
    return f"{tone} {cell.kind}", round(0.35 * cell.strength, 3)


def _names(together: Together, wide: float) -> Iterator[Words]:
    for i, (name, _) in enumerate(together.rows):
        yield from wrapped(16, HEAD + ROW * (i + 0.5), name, "name")
    for j, name in enumerate(together.tricks):
        lines = list(wrapped(LEFT + wide * j + 8, 0, name, "name", int(wide / 6.5), 3, wide - 12))
        rise = HEAD - 10 - lines[-1].y  # the last line stands on the plot
        yield from (replace(line, y=line.y + rise) for line in lines)


def _inside(square: Square, lines: Sequence[str], cell: Cell) -> Iterator[Words]:
    c = cell.contrast
    clear = c and square.kind != "mixed" and (c.low > 0 or c.high < 0)
    for i, line in enumerate(lines):
        kind = ("head" if clear else "soft") if i == 0 else "detail" if clear else "soft detail"
        yield Words(LEFT + square.x + 8, HEAD + square.y + (20 if len(lines) > 1 else 28) + 16 * i, line, kind)


def _notes(together: Together, top: float, width: float, places: int) -> Iterator[Words]:
    """How to read it, what the letters stand for, and how it was fitted."""
    sums = [
        f"{mark}: {text}: {signed(c.effect, places)} {interval(c.low, c.high, places)}"
        for mark, text, c in together.aliases
    ]
    for line in (READ, *sums, together.heading):
        lines = list(wrapped(16, top, line, "detail", int((width - 32) / LETTER), 9, width - 32))
        shift = top - lines[0].y
        yield from (replace(each, y=each.y + shift) for each in lines)
        top += 15 * len(lines) + 3
