"""Effects by condition, side by side, and how far they differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments.plan.arms import within
from experiments.plan.planned import differences
from experiments.report.numbers import decimals
from experiments.report.text import interval_cell, signed_cell
from experiments.results.effects import Effect, list_effects
from experiments.results.study import Study

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.verdict import Verdict
    from experiments.report.means import Mean


@dataclass(frozen=True)
class Gap:
    """An effect under a condition minus the same under the first.

    Args:
        between: What is subtracted from what.
        mean: Over the seeds of both.
        verdict: None where the ablation declares nothing of it.
    """

    between: str
    mean: Mean
    verdict: Verdict | None


@dataclass(frozen=True)
class Crossing:
    """An effect under each condition.

    Args:
        effects: One under each condition, in the order declared, with its verdict.
        gaps: Those of all conditions but the first.
    """

    effects: list[tuple[Effect, Verdict]]
    gaps: list[Gap]

    @property
    def detail(self) -> str:
        """What it is an effect of, without the condition; empty for the trick alone."""
        effect = self.effects[0][0]
        return "" if effect.detail == effect.condition else effect.detail.replace(within(effect.condition, ""), "")

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.effects[0][0].trick}{f': {self.detail}' if self.detail else ''}"


def crossings(study: Study) -> list[Crossing]:
    """The effects that every condition has, in the order declared; none where there are no conditions."""
    known = study.judged
    told = [(effect, known[effect.name]) for effect in list_effects(study.plan) if effect.name in known]
    told = [each for each in told if not each[1].placebo]
    under = [[each for each in told if each[0].condition == name] for name in study.plan.ablation.conditions]
    declared = {each.effect: known[each.name] for each in differences(study.plan)}
    return [Crossing(list(each), _gaps(each, declared)) for each in zip(*under, strict=True)]


def _gaps(each: Sequence[tuple[Effect, Verdict]], declared: dict[str, Verdict]) -> list[Gap]:
    from experiments.report.means import mean

    (first, before), *others = each
    base = dict(before.differences)
    return [
        Gap(
            f"{effect.condition} − {first.condition}",
            mean(value - base[seed] for seed, value in verdict.differences if seed in base),
            declared.get(effect.name),
        )
        for effect, verdict in others
    ]


def table(study: Study, form: Callable[[str], str]) -> list[list[str]]:
    """Rows of text, a header first and one for each effect, names in a form; none where there are no conditions."""
    found, places = crossings(study), decimals(study.plan.ablation.sesoi)
    if not found:
        return []
    header = ["by condition", *study.plan.ablation.conditions, *(gap.between for gap in found[0].gaps)]
    rows = [[form(cell) for cell in header]]
    for each in found:
        shown = [f"{signed_cell(verdict.mean, places)} {verdict.verdict}" for _, verdict in each.effects]
        rows.append([form(each.name), *shown, *(_gap_cell(gap, places) for gap in each.gaps)])
    return rows


def _gap_cell(gap: Gap, places: int) -> str:
    word = gap.verdict.verdict if gap.verdict else "(not declared)"
    return f"{signed_cell(gap.mean.value, places)} {interval_cell(gap.mean.low, gap.mean.high, places)} {word}"
