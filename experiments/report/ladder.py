"""A ladder: where each rung stands, and what its trick adds to the rung below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING

from experiments.plan.comparisons import Comparison, Design
from experiments.report.numbers import decimals
from experiments.report.text import effect_cells
from experiments.results.paired import scored
from experiments.results.study import Study, score

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.verdict import Verdict


@dataclass(frozen=True)
class Rung:
    """An arm of a ladder.

    Args:
        arm: Its name.
        scores: Seed → the metric, of the trials that have one.
        step: What it is compared with; None at the foot.
        verdict: What its trick adds to the rung below; None at the foot.
    """

    arm: str
    scores: dict[int, float]
    step: Comparison | None = None
    verdict: Verdict | None = None

    @property
    def mean(self) -> float | None:
        """Over its seeds."""
        return mean(self.scores.values()) if self.scores else None


def ladders(study: Study) -> dict[str, list[Rung]]:
    """For each ladder of a study its rungs, from its foot up."""
    return {design.title: _rungs(study, design) for design in study.plan.designs if design.name.startswith("stacked")}


def _rungs(study: Study, design: Design) -> list[Rung]:
    known = study.judged
    foot = design.arms[0].name
    steps = [Rung(e.arm, _scores(study, e.arm), e, known[e.name]) for e in design.comparisons if e.name in known]
    return [Rung(foot, _scores(study, foot)), *steps]


def _scores(study: Study, arm: str) -> dict[int, float]:
    rows = sorted(study.finished[arm].items())
    return {seed: score(row, study.plan.ablation) for seed, row in rows if scored(study, row)}


def tables(study: Study, form: Callable[[str], str]) -> list[list[list[str]]]:
    """For each ladder rows of text, a header first, names in a form."""
    return [_table(study, title, rungs, form) for title, rungs in ladders(study).items()]


def _table(study: Study, title: str, rungs: list[Rung], form: Callable[[str], str]) -> list[list[str]]:
    ablation = study.plan.ablation
    places = decimals(ablation.sesoi)
    rows = [[f"{form(title)}, from its foot", form(ablation.metric), "step", "plain 95 % interval", "p", "verdict"]]
    for rung in rungs:
        stands = "–" if rung.mean is None else f"{rung.mean:.{places + 1}f}"
        if rung.step is None or rung.verdict is None:
            rows.append([form(rung.arm), stands, *["–"] * 4])
        else:
            v = rung.verdict
            cells = effect_cells(v.mean, v.plain_low, v.plain_high, v.p, places)
            rows.append([f"{form('+')} {form(rung.step.trick)}", stands, *cells, v.verdict])
    return rows
