"""Every effect as the page shows it: what it is of, what was found, what it costs."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from experiments.declare.changes import diff
from experiments.declare.sheet import About
from experiments.judge.verdict import Verdict
from experiments.report.costs import Cost, costs_of
from experiments.report.outcomes import outcome
from experiments.report.tones import sign, tone
from experiments.results.effects import Effect, list_effects
from experiments.results.study import Study


@dataclass(frozen=True)
class Entry:
    """An effect of a trick, or the placebo.

    Args:
        effect: What it is an effect of.
        detail: The same in words, where its trick has several.
        about: The trick's data sheet, with what is expected here.
        verdict: Its verdict.
        costs: Parameters, FLOPs, time per step and peak memory.
        outcome: What the verdict says about its claim, or about a placebo: passed or failed; empty if nothing.
        changes: (key, before, after) for each key that it sets.
    """

    effect: Effect
    detail: str
    about: About
    verdict: Verdict
    costs: Mapping[str, Cost]
    outcome: str
    changes: list[tuple[str, str, str]]

    @property
    def name(self) -> str:
        """What its trick is called on the page."""
        return "Placebo" if self.verdict.placebo else self.about.title or self.effect.trick

    @property
    def title(self) -> str:
        """The same, with what it is an effect of where its trick has several."""
        return f"{self.name} ({self.detail})" if self.detail else self.name

    @property
    def slug(self) -> str:
        """Its place on the page."""
        return re.sub(r"[^\w.+]+", "-", self.verdict.arm) if self.effect.detail else self.verdict.arm

    @property
    def tone(self) -> str:
        """CSS class of its verdict."""
        return tone(self.verdict.verdict)

    @property
    def sign(self) -> str:
        """Sign of its verdict."""
        return sign(self.verdict.verdict)


def list_entries(study: Study) -> list[Entry]:
    """The effects in the order of their verdicts: comparisons, averages, differences, and the placebos last."""
    known = study.judged
    found = [effect for effect in list_effects(study.plan) if effect.name in known]
    count = Counter(effect.trick for effect in found)
    return [_entry(study, e, e.detail if count[e.trick] > 1 else "", known[e.name]) for e in found]


def _entry(study: Study, effect: Effect, detail: str, verdict: Verdict) -> Entry:
    spent = costs_of(study, effect.priced)
    said = outcome(effect, verdict)
    if verdict.placebo:
        return Entry(effect, detail, About(), verdict, spent, said, [])
    plan = study.plan
    arm = next(plan.arm(name) for name in effect.weights if effect.trick in plan.arm(name).tricks)
    about = replace(arm.sheet(effect.trick), expects=effect.expects)
    changes = diff(plan.arm(arm.baseline).merged, arm.content(effect.trick))
    return Entry(effect, detail, about, verdict, spent, said, changes)
