"""The page's plots as pictures that stand alone: the same shapes, with names and numbers drawn beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from experiments.draw.figure import Figure, Inset, Words, wrapped
from experiments.report.course import Course
from experiments.report.numbers import fixed, interval, signed
from experiments.report.page.curves import Curves
from experiments.report.page.entries import Entry
from experiments.report.page.forest import Forest
from experiments.report.page.heat import heat_map
from experiments.report.page.ladders import Ladder
from experiments.report.page.strips import Strip, Strips
from experiments.report.page.tradeoff import Tradeoff
from experiments.report.tones import sign, tone

TOP, LEFT, PLOT = 56.0, 270.0, 420.0  # pixels: where a plot begins, and how wide it is
NAME = re.compile(r"(forest|conditions|tradeoff|curves|ladder|interactions|credit|race)(-\d+)?")  # of any picture here
ROW, SEED = 26.0, 11.0  # height of an arm of a race, and width of a seed
PANEL, PANELS = (305.0, 225.0), 3  # width and height of a learning curve, and how many stand side by side


def draw_figures(content: Mapping[str, Any]) -> dict[str, Figure]:
    """The pictures of a page's content, by name."""
    metric, places = content["ablation"].metric, content["places"]
    found: dict[str, Figure | None] = {
        "forest": _forest(content["forest"], metric, places),
        "conditions": _strips(content["by_condition"], f"Effects on {metric} by condition", places),
        "tradeoff": _tradeoff(content["tradeoff"], metric),
        "curves": _curves(content["curves"]),
    }
    found["race"] = _race(content["course"], content["titles"], content["so_far"])
    found |= _numbered("ladder", [_ladder(each, metric, places) for each in content["ladders"]])
    metrics = f"Interactions in {metric}"
    found |= _numbered("interactions", [heat_map(each, metrics, places) for each in content["together"]])
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
        words += wrapped(16, middle, name, toned if toned == "head" else "name")
        right = [(value, "value"), (word, f"{toned} word")] if plotted.row > 30 else [(f"{value}  {word}", "value")]
        shift = -2 if len(right) > 1 else 4
        words += [Words(LEFT + PLOT + 24, middle + shift + 16 * j, *each, room=340) for j, each in enumerate(right)]
    inset = Inset(LEFT, TOP, PLOT, plotted.height + 40, shapes, plotted)
    return Figure(title, TOP + plotted.height + 52, words, [inset])


def _tradeoff(tradeoff: Tradeoff | None, metric: str) -> Figure | None:
    if not tradeoff:
        return None
    named = [
        wrapped(650, TOP + point.label, point.entry.title, f"{point.entry.tone} name") for point in tradeoff.points
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
    named = [wrapped(x - 46, y - 24, panel.title, "head") for (x, y), panel in zip(places, panels, strict=True)]
    height = TOP + 30 + PANEL[1] * (-(-len(panels) // PANELS))
    title = f"{curves.metric} of the baseline, and differences from it, by epoch: mean, plain 95 % band and seeds"
    return Figure(title, height, list(chain.from_iterable(named)), insets)


def _race(course: Sequence[Course], titles: Mapping[str, str], so_far: str) -> Figure | None:
    if not course:
        return None
    dots, words = list[tuple[float, float, str]](), list[Words]()
    for i, each in enumerate(course):
        middle, toned = ROW * (i + 0.5), tone(each.verdict.verdict) if each.verdict else "none"
        row = [(x, middle, f"{toned} {kind}") for x, kind in _seeds(each.parts)]
        right = LEFT + row[-1][0] + 24
        words += wrapped(16, TOP + middle, titles.get(each.name, each.name), "name", most=1)
        said = f"{each.seeds} seed{'s' * (each.seeds != 1)}{f', {each.why}' if each.why else ''}"
        words.append(Words(right, TOP + middle + 4, said, "value", 480))
        dots += row
    height = ROW * len(course)
    title = f"The race: a dot for a seed, a ring for one that was not needed{so_far}, at each look a gap"
    return Figure(title, TOP + height + 16, words, [Inset(LEFT, TOP, PLOT, height, "race.svg", dots)])


def _seeds(parts: Iterable[tuple[int, int]]) -> Iterator[tuple[float, str]]:
    x = 0.0
    for run, left in parts:
        for kind in ["ran"] * run + ["spared"] * left:
            x += SEED
            yield x, kind
        x += SEED / 2
