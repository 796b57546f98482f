"""Effects by condition: each trick's effects and their differences below one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from experiments.report.crossing import Crossing, crossings
from experiments.report.means import Mean
from experiments.report.page.entries import Entry
from experiments.report.page.strips import Strip, Strips, strip_plot
from experiments.results.study import Study


def by_condition(study: Study, entries: Sequence[Entry]) -> Strips | None:
    """Lay out the effects by condition; None without conditions, or before there is an effect."""
    names = {entry.verdict.arm: entry.name for entry in entries}
    rows = [row for each in crossings(study) for row in _rows(each, names[each.effects[0][0].name])]
    return strip_plot(rows, study.plan.ablation.sesoi)


def _rows(each: Crossing, name: str) -> Iterator[Strip]:
    yield Strip(f"{name} ({each.detail})" if each.detail else name)
    for effect, verdict in each.effects:
        yield Strip(
            effect.condition, Mean(verdict.mean, verdict.plain_low, verdict.plain_high), verdict, arm=verdict.arm
        )
    for gap in each.gaps:
        arm = gap.verdict.arm if gap.verdict else ""
        yield Strip(gap.between, gap.mean, gap.verdict, "no verdict: not declared", arm)
