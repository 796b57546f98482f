"""The plot of effects by condition: each trick's effects and their differences below one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from experiments.draw.scale import Scale, limits
from experiments.judge.verdict import Verdict
from experiments.report.crossing import Crossing, crossings
from experiments.report.means import Mean
from experiments.report.page.entries import Entry
from experiments.results.study import Study

ROW = 28  # pixels


@dataclass(frozen=True)
class Strip:
    """A row: the name of a trick, or one of its effects.

    Args:
        label: The trick, the condition, or what is subtracted from what.
        mean: The effect with its plain interval; None in a row with a name.
        verdict: Its verdict; None where the ablation declares nothing of a difference.
    """

    label: str
    mean: Mean | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True)
class ByCondition:
    """What the plot shows.

    Args:
        strips: Its rows.
        x: Effect → percent of the width.
    """

    strips: list[Strip]
    x: Scale
    row: int = ROW

    @property
    def height(self) -> int:
        """Of all rows, in pixels."""
        return self.row * len(self.strips)


def by_condition(study: Study, entries: Sequence[Entry]) -> ByCondition | None:
    """Lay out the effects by condition; None without conditions, or before there is an effect."""
    names = {entry.verdict.arm: entry.name for entry in entries}
    strips = [strip for each in crossings(study) for strip in _strips(each, names[each.effects[0][0].name])]
    means = [strip.mean for strip in strips if strip.mean and strip.mean.value == strip.mean.value]
    if not means:
        return None
    sesoi = study.plan.ablation.sesoi
    verdicts = [strip.verdict for strip in strips if strip.verdict]
    wished = [end for mean in means for end in (mean.low, mean.high)] + [v for e in verdicts for v in (e.low, e.high)]
    return ByCondition(strips, Scale(*limits([*(m.value for m in means), -1.25 * sesoi, 1.25 * sesoi], wished)))


def _strips(each: Crossing, name: str) -> Iterator[Strip]:
    yield Strip(f"{name} ({each.detail})" if each.detail else name)
    for effect, verdict in each.effects:
        yield Strip(effect.condition, Mean(verdict.mean, verdict.plain_low, verdict.plain_high), verdict)
    for gap in each.gaps:
        yield Strip(gap.between, gap.mean, gap.verdict)
