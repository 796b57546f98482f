"""What the arms of a factorial or a screen say together: interactions of two as a heat map, averages and credit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from experiments.judge.contrasts import Term
from experiments.judge.interactions import Contrast, Fit
from experiments.plan.comparisons import Design
from experiments.report import fits
from experiments.report.means import Mean
from experiments.report.page.entries import Entry
from experiments.report.page.strips import Strip, Strips, strip_plot
from experiments.results.study import Study


@dataclass(frozen=True)
class Cell:
    """A pair of tricks, or on the diagonal a trick by itself.

    Args:
        contrast: Its effect; None where the two cannot be on together.
        kind: average, clear, alias, overlap or none.
        mark: That of its set of aliases.
        strength: How strong its colour is, from 0 to 1.
    """

    contrast: Contrast | None = None
    kind: str = "none"
    mark: str = ""
    strength: float = 0.0


@dataclass(frozen=True)
class Together:
    """A design, told.

    Args:
        title: Its name.
        heading: How it was fitted.
        tricks: Their names, in order.
        rows: Below the diagonal, and on it: a row for each trick.
        aliases: (mark, what is estimated together, the sum) for each set.
        credit: Averages and credit; None where they are the same.
    """

    title: str
    heading: str
    tricks: list[str]
    rows: list[tuple[str, list[Cell]]]
    aliases: list[tuple[str, str, Contrast]]
    credit: Strips | None


def together(study: Study, entries: Sequence[Entry]) -> list[Together]:
    """The fitted designs."""
    names = {entry.effect.trick: entry.name for entry in entries}
    return [_told(study, design, names) for design in study.plan.fitted]


def _told(study: Study, design: Design, names: Mapping[str, str]) -> Together:
    fit, tricks = study.fits[design.title], design.tricks
    sums = [(text, contrast) for text, contrast in fits.interactions(fit) if contrast.mixed]
    aliases = [(chr(ord("a") + i), text, contrast) for i, (text, contrast) in enumerate(sums)]
    cells = _cells(fit, {term: mark for mark, _, contrast in aliases for term in contrast.aliases})
    rows = [
        (names[trick], [cells.get((other, trick), Cell()) for other in tricks[: i + 1]])
        for i, trick in enumerate(tricks)
    ]
    credit = strip_plot(
        list(_credit(fit, design, names)) if design.name == "factorial" else [], study.plan.ablation.sesoi
    )
    return Together(design.title, fits.heading(fit, design), [names[t] for t in tricks], rows, aliases, credit)


def _cells(fit: Fit, marks: Mapping[Term, str]) -> dict[tuple[str, str], Cell]:
    """By the two tricks in the order of the design; a trick by itself twice."""
    terms = (*fit.averages, *fit.interactions)
    most = max((abs(each.effect) for each in terms if each.clear and math.isfinite(each.effect)), default=0.0)
    cells = (_cell(each, marks.get(each.tricks, ""), most) for each in terms)
    return {(each.tricks[0], each.tricks[-1]): cell for each, cell in zip(terms, cells, strict=True)}


def _cell(each: Contrast, mark: str, most: float) -> Cell:
    if not each.clear:
        return Cell(each, "alias" if each.estimable else "overlap", mark)
    shade = abs(each.effect) / most if most and math.isfinite(each.effect) else 0.0
    return Cell(each, "average" if len(each.tricks) == 1 else "clear", strength=round(shade, 2))


def _credit(fit: Fit, design: Design, names: Mapping[str, str]) -> Iterator[Strip]:
    for average, credit in zip(fit.averages, fit.credits, strict=True):
        (trick,) = average.tricks
        yield Strip(names[trick])
        yield Strip("on average", _mean(average), word="over all arms", arm=design.average(trick))
        yield Strip("credit", _mean(credit), word="of the recipe’s gain")


def _mean(contrast: Contrast) -> Mean:
    return Mean(contrast.effect, contrast.low, contrast.high)
