"""The page's plots as pictures that stand alone: the same shapes, with names and numbers drawn beside them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from experiments.report.numbers import fixed, interval, signed
from experiments.report.page.curves import Curves
from experiments.report.page.entries import Entry, sign, tone
from experiments.report.page.forest import Forest
from experiments.report.page.ladders import Ladder
from experiments.report.page.strips import Strip, Strips
from experiments.report.page.tradeoff import Tradeoff

TOP, LEFT, PLOT = 56.0, 270.0, 420.0  # pixels: where a plot begins, and how wide it is
PANEL, PANELS = (305.0, 225.0), 3  # width and height of a learning curve, and how many stand side by side


@dataclass(frozen=True)
class Words:
    """A line of text; what is wider than its room is cut."""

    x: float
    y: float
    text: str
    kind: str = "name"  # CSS class
    room: float = 236.0


@dataclass(frozen=True)
class Inset:
    """A plot at a place, drawn by a template from what it is of."""

    x: float
    y: float
    width: float
    height: float
    shapes: str
    of: Any


@dataclass(frozen=True)
class Figure:
    """A picture."""

    title: str
    height: float
    words: list[Words]
    insets: list[Inset]
    width: float = 1060.0


def figures(content: Mapping[str, Any]) -> dict[str, Figure]:
    """The pictures of a page's content, by name."""
    metric, places = content["ablation"].metric, content["places"]
    found: dict[str, Figure | None] = {
        "forest": _forest(content["forest"], metric, places),
        "conditions": _strips(content["by_condition"], f"Effects on {metric} by condition", places),
        "tradeoff": _tradeoff(content["tradeoff"], metric),
        "curves": _curves(content["curves"]),
    }
    found |= _numbered("ladder", [_ladder(each, metric, places) for each in content["ladders"]])
    credits = [(each.credit, f"Average effects and credit in {each.title}") for each in content["together"]]
    found |= _numbered("credit", [_strips(*each, places) for each in credits])
    return {name: figure for name, figure in found.items() if figure}


def _numbered(name: str, figures: Sequence[Figure | None]) -> dict[str, Figure | None]:
    return {f"{name}-{i}" if i > 1 else name: figure for i, figure in enumerate(figures, 1)}


def _forest(forest: Forest | None, metric: str, places: int) -> Figure | None:
    if not forest:
        return None
    rows = [(entry.title, *_said(entry, places)) for entry, _ in forest.rows]
    return _rows(f"Effects on {metric}, seed by seed", forest, rows, "forest.svg")


def _said(entry: Entry, places: int) -> tuple[str, str, str]:
    v = entry.verdict
    return f"{signed(v.mean, places)} {interval(v.plain_low, v.plain_high, places)}", _word(v.verdict), entry.tone


def _word(verdict: str) -> str:
    return f"{sign(verdict)} {verdict}"


def _strips(strips: Strips | None, title: str, places: int) -> Figure | None:
    return _rows(title, strips, [_strip(row, places) for row in strips.rows], "strips.svg") if strips else None


def _strip(row: Strip, places: int) -> tuple[str, str, str, str]:
    if not row.mean:
        return row.label, "", "", "head"
    said = f"{signed(row.mean.value, places)} {interval(row.mean.low, row.mean.high, places)}"
    verdict = row.verdict.verdict if row.verdict else ""
    return f"    {row.label}", said, _word(verdict) if verdict else row.word, tone(verdict)


def _ladder(ladder: Ladder, metric: str, places: int) -> Figure:
    rows = []
    for name, rung in ladder.rungs:
        verdict = rung.verdict.verdict if rung.verdict else ""
        value = fixed(rung.mean, places + 1) if rung.mean is not None else "–"
        rows.append((name, value, _word(verdict) if verdict else "", tone(verdict)))
    return _rows(f"{metric} by rung of {ladder.title}", ladder, rows, "ladder.svg")


def _rows(
    title: str, plotted: Forest | Strips | Ladder, rows: Iterable[tuple[str, str, str, str]], shapes: str
) -> Figure:
    """A plot of rows: names to the left, (value, word, its tone) to the right."""
    words: list[Words] = []
    for i, (name, value, word, toned) in enumerate(rows):
        middle = TOP + plotted.row * (i + 0.5)
        words += _wrapped(16, middle, name, toned if toned == "head" else "name")
        right = [(value, "value"), (word, f"{toned} word")] if plotted.row > 30 else [(f"{value}  {word}", "value")]
        shift = -2 if len(right) > 1 else 4
        words += [Words(LEFT + PLOT + 24, middle + shift + 16 * j, *each, room=340) for j, each in enumerate(right)]
    inset = Inset(LEFT, TOP, PLOT, plotted.height + 40, shapes, plotted)
    return Figure(title, TOP + plotted.height + 52, words, [inset])


def _wrapped(x: float, middle: float, text: str, kind: str) -> Iterator[Words]:
    """A name in one line or two about a height."""
    indent = len(text) - len(text.lstrip())
    lines = textwrap.wrap(text.strip(), 34, max_lines=2, placeholder=" …") or [""]
    for i, line in enumerate(lines):
        yield Words(x + 5 * indent, middle + 4 + 15 * (i - (len(lines) - 1) / 2), line, kind)


def _tradeoff(tradeoff: Tradeoff | None, metric: str) -> Figure | None:
    if not tradeoff:
        return None
    named = [
        _wrapped(650, TOP + point.label, point.entry.title, f"{point.entry.tone} name") for point in tradeoff.points
    ]
    inset = Inset(70, TOP, 560, tradeoff.height + 40, "tradeoff.svg", tradeoff)
    words = list(chain.from_iterable(named))
    return Figure(f"Effect on {metric} against time per step", TOP + tradeoff.height + 52, words, [inset])


def _curves(curves: Curves | None) -> Figure | None:
    if not curves:
        return None
    panels = [*curves.baselines, *curves.effects]
    places = [(62 + PANEL[0] * (i % PANELS), TOP + 30 + PANEL[1] * (i // PANELS)) for i in range(len(panels))]
    insets = [Inset(x, y, 236, 170, "panel.svg", panel) for (x, y), panel in zip(places, panels, strict=True)]
    named = [_wrapped(x - 46, y - 24, panel.title, "head") for (x, y), panel in zip(places, panels, strict=True)]
    height = TOP + 30 + PANEL[1] * (-(-len(panels) // PANELS))
    title = f"{curves.metric} of the baseline, and differences from it, by epoch: mean, plain 95 % band and seeds"
    return Figure(title, height, list(chain.from_iterable(named)), insets)
