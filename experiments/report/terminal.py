"""A report in a terminal: a small forest plot in colours, and tables that fit it; piped, the plain text alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments.draw.scale import Scale, limits
from experiments.report.numbers import decimals, signed
from experiments.report.text import (
    TO_BASELINE,
    UNREGISTERED,
    aligned,
    notes,
    printable,
    table_text,
    verdict_rows,
    written,
)
from experiments.report.tones import sign, tone

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.verdict import Verdict

COLOURS = {"good": "green", "bad": "red", "wild": "magenta", "open": "yellow", "flat": "cyan", "none": ""}
LEAST = 16  # columns of a plot
KEY = "● mean  ━ plain 95 %  ─ verdict interval  │ no effect  · too small to matter"


def show_verdicts(verdicts: Sequence[Verdict], metric: str, sesoi: float, compared: str = TO_BASELINE) -> None:
    """Print the verdicts: piped as a table, in a terminal as a forest plot, too, and the table where it fits."""
    console = _console()
    if not console.is_terminal:
        print(table_text(verdicts, metric, sesoi, compared), end="")
        return
    verdicts, metric = written(verdicts, metric, printable)
    for line in [*_forest(verdicts, sesoi, console.width), Text(f"Δ {metric}: {KEY}", "dim"), Text()]:
        console.print(line)
    table = aligned(verdict_rows(verdicts, metric, sesoi))
    if max(map(cell_len, table)) <= console.width:
        console.print(*table, "", sep="\n")
    show_lines(notes(verdicts, metric, sesoi, compared))


def show_rows(rows: Sequence[Sequence[str]]) -> None:
    """Print a table, its header first; cells wrap where the terminal is narrower."""
    console, lines = _console(), aligned(rows)
    if not console.is_terminal or max(map(cell_len, lines)) <= console.width:
        print(*lines, sep="\n")
        return
    table = Table(box=None, pad_edge=False, header_style="")
    for name in rows[0]:
        table.add_column(Text(name), overflow="fold")
    for row in rows[1:]:
        table.add_row(*map(Text, row))
    console.print(table)


def show_lines(lines: Sequence[str]) -> None:
    """Print lines; a terminal's are broken between words."""
    console = _console()
    for line in lines:
        console.print(Text(line)) if console.is_terminal else print(line)


def _console() -> Console:
    return Console(highlight=False, markup=False, emoji=False)


def _forest(verdicts: Sequence[Verdict], sesoi: float, width: int) -> list[Text]:
    """A line for each verdict, and one for the scale."""
    words = [f"{sign(v.verdict)} {'no verdict' if v.verdict == UNREGISTERED else v.verdict}" for v in verdicts]
    means = [signed(v.mean, decimals(sesoi)) for v in verdicts]
    right = max(map(len, means)) + max(map(len, words)) + 4
    left = min(max(cell_len(v.arm) for v in verdicts), max(8, width - right - 2 - LEAST))
    x = _scale(verdicts, sesoi, max(LEAST, width - left - right - 2))
    rows = []
    for v, mean, word in zip(verdicts, means, words, strict=True):
        colour = COLOURS[tone(v.verdict)]
        name = v.arm if cell_len(v.arm) <= left else f"{set_cell_size(v.arm, left - 1)}…"
        end = Text(f"  {mean.rjust(max(map(len, means)))}  ") + Text(word, f"bold {colour}".strip())
        rows.append(Text(set_cell_size(name, left + 2)) + _row(v, sesoi, x, colour) + end)
    return [*rows, Text(" " * (left + 2) + _ticks(x), "dim")]


def _scale(verdicts: Sequence[Verdict], sesoi: float, columns: int) -> Scale:
    means = [v.mean for v in verdicts if v.complete is None]  # diverged runs would press the others together
    ends = [end for v in verdicts if v.complete is None for end in (v.low, v.high, v.plain_low, v.plain_high)]
    return Scale(*limits([*means, -1.25 * sesoi, 1.25 * sesoi], ends), 0.0, columns - 1.0)


def _row(v: Verdict, sesoi: float, x: Scale, colour: str) -> Text:
    """The marks of an effect, one over the other, on the band of effects too small to matter."""
    marks = [(" ", "")] * (round(x.end) + 1)
    for i in range(round(x(-sesoi)), round(x(sesoi)) + 1):
        marks[i] = ("·", "dim")
    marks[round(x(0))] = ("│", "dim")
    for low, high, mark in ((v.low, v.high, "─"), (v.plain_low, v.plain_high, "━")):
        if math.isfinite(low) and math.isfinite(high):
            start, end = round(x.clip(low)), round(x.clip(high))
            marks[start : end + 1] = [(mark, colour)] * (end + 1 - start)
            marks[0] = ("‹", colour) if low < x.low else marks[0]
            marks[-1] = ("›", colour) if high > x.high else marks[-1]
    if v.mean in x:
        marks[round(x(v.mean))] = ("●", colour)
    runs = groupby(marks, key=itemgetter(1))
    return Text.assemble(*(("".join(mark for mark, _ in run), style) for style, run in runs))


def _ticks(x: Scale) -> str:
    """Some values at their places, as far as they do not touch."""
    line = ""
    for value, text in x.ticks(max(2, round(x.end) // 12)):
        said = f"+{text}" if value > 0 else text
        start = round(x(value)) - len(said) // 2
        if start >= len(line) + bool(line) and start + len(said) <= x.end + 2:
            line = line.ljust(start) + said
    return line
