"""Every compared arm as the page shows it: who it is, what was found, what it costs."""

import re
from dataclasses import dataclass, replace

from experiments.declare.changes import diff
from experiments.declare.conditions import DIFFERENCE
from experiments.declare.sheet import About, Expectation
from experiments.judge.claims import claim
from experiments.judge.verdict import Verdict
from experiments.plan.arms import PLACEBO, Arm, Design
from experiments.plan.comparisons import Comparison, Difference, differences, expected
from experiments.report.page.costs import Cost, counted, timed
from experiments.results.study import Study

# Word → (tone, sign): a verdict is told by its word and a sign, and never by a colour alone.
LOOKS = {
    "helps": ("good", "▲"),
    "helps (negligible)": ("good", "△"),
    "hurts": ("bad", "▼"),
    "hurts (negligible)": ("bad", "▽"),
    "equivalent": ("flat", "="),
    "no material gain": ("flat", "≤"),
    "unstable": ("wild", "!"),
    "undecided": ("open", "?"),
}


@dataclass(frozen=True)
class Entry:
    """An effect of a trick, or the placebo.

    Args:
        compared: What is compared with what; None for an average over the arms of a design.
        detail: The same in words, where that is not the trick alone with the baseline.
        about: The trick's data sheet.
        verdict: Its verdict.
        costs: Parameters, FLOPs, time per step and peak memory.
        outcome: What the verdict says about its claim, or about a placebo: passed or failed; empty if nothing.
        changes: (key, before, after) for each key that it sets.
    """

    compared: Comparison | None
    detail: str
    about: About
    verdict: Verdict
    costs: dict[str, Cost]
    outcome: str
    changes: list[tuple[str, str, str]]

    @property
    def title(self) -> str:
        """What it is called on the page."""
        if self.verdict.placebo:
            return "Placebo"
        name = self.compared.trick if self.compared else self.verdict.arm.removesuffix(f": {self.detail}")
        title = self.about.title or name
        return f"{title} ({self.detail})" if self.detail else title

    @property
    def slug(self) -> str:
        """Its place on the page."""
        return re.sub(r"[^\w.+]+", "-", self.verdict.arm) if self.detail else self.verdict.arm

    @property
    def tone(self) -> str:
        """CSS class of its verdict."""
        return LOOKS.get(self.verdict.verdict, ("none", ""))[0]

    @property
    def sign(self) -> str:
        """Sign of its verdict."""
        return LOOKS.get(self.verdict.verdict, ("none", "–"))[1]


def entries(study: Study) -> list[Entry]:
    """The effects in the order of their verdicts: comparisons, averages, differences, and the placebo last."""
    plan, known = study.plan, {verdict.arm: verdict for verdict in study.verdicts}
    made = [_compared(study, each, known[each.name]) for each in plan.comparisons]
    for design in plan.fitted:
        made += [_averaged(study, design, trick, known[design.average(trick)]) for trick in design.tricks]
    made += [_differing(study, each, known[each.name]) for each in differences(plan)]
    return made + [_placebo(study, verdict) for verdict in study.verdicts if verdict.placebo]


def costs(study: Study, compared: Comparison) -> dict[str, Cost]:
    """What the first of two arms costs, by name."""
    kinds = {"parameters": counted, "flops": counted, "seconds_per_step": timed, "peak_memory_mib": timed}
    return {name: measure(study, name, compared) for name, measure in kinds.items()}


def _compared(study: Study, compared: Comparison, verdict: Verdict) -> Entry:
    arm = study.plan.arm(compared.arm)
    about = replace(arm.sheet(compared.trick), expects=expected(study.plan, compared))
    spent, changes = costs(study, compared), _changes(study, arm, compared.trick)
    return Entry(compared, compared.between, about, verdict, spent, _outcome(verdict, about), changes)


def _placebo(study: Study, verdict: Verdict) -> Entry:
    compared = Comparison(PLACEBO, PLACEBO)
    return Entry(compared, "", About(), verdict, costs(study, compared), _outcome(verdict, About()), [])


def _averaged(study: Study, design: Design, trick: str, verdict: Verdict) -> Entry:
    arm = next(arm for arm in design.arms if trick in arm.tricks)
    expects = study.plan.ablation.expected(trick, design.condition) or "unknown"
    return _of_many(study, arm, trick, f"average of {design.title}", expects, verdict)


def _differing(study: Study, difference: Difference, verdict: Verdict) -> Entry:
    arm = next(arm for arm in study.plan.arms if difference.trick in arm.tricks)
    expects = study.plan.ablation.expected(difference.trick, DIFFERENCE) or "unknown"
    return _of_many(study, arm, difference.trick, difference.between, expects, verdict)


def _of_many(study: Study, arm: Arm, trick: str, detail: str, expects: Expectation, verdict: Verdict) -> Entry:
    """An effect of more than two arms, one of which shows what the trick is; it has no cost."""
    about = replace(arm.sheet(trick), expects=expects)
    unknown = dict.fromkeys(("parameters", "flops", "seconds_per_step", "peak_memory_mib"), Cost())
    return Entry(None, detail, about, verdict, unknown, _outcome(verdict, about), _changes(study, arm, trick))


def _changes(study: Study, arm: Arm, trick: str) -> list[tuple[str, str, str]]:
    return diff(study.plan.merged(study.plan.arm(arm.baseline)), arm.content(trick))


def _outcome(verdict: Verdict, about: About) -> str:
    if not verdict.placebo:
        return "" if about.expects == "unknown" else claim(verdict, about.expects)
    if verdict.verdict in ("not estimable", "no verdict (unregistered look)"):
        return ""
    return "passed" if verdict.verdict in ("undecided", "equivalent", "no material gain") else "failed"
