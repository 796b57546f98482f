"""Every compared arm as the page shows it: who it is, what was found, what it costs."""

from dataclasses import dataclass

from experiments.declare.changes import diff
from experiments.declare.sheet import About
from experiments.judge.claims import claim
from experiments.judge.verdict import Verdict
from experiments.plan.arms import BASELINE, Arm
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
    """A trick, or the placebo.

    Args:
        arm: The arm.
        about: Its data sheet.
        verdict: Its verdict.
        costs: Parameters, FLOPs, time per step and peak memory.
        outcome: What the verdict says about its claim, or about a placebo: passed or failed; empty if nothing.
        changes: (key, before, after) for each key that it sets.
    """

    arm: Arm
    about: About
    verdict: Verdict
    costs: dict[str, Cost]
    outcome: str
    changes: list[tuple[str, str, str]]

    @property
    def title(self) -> str:
        """What it is called on the page."""
        return "Placebo" if self.verdict.placebo else self.about.title or self.arm.name

    @property
    def tone(self) -> str:
        """CSS class of its verdict."""
        return LOOKS.get(self.verdict.verdict, ("none", ""))[0]

    @property
    def sign(self) -> str:
        """Sign of its verdict."""
        return LOOKS.get(self.verdict.verdict, ("none", "–"))[1]


def entries(study: Study) -> list[Entry]:
    """The compared arms in the order declared, the placebo last."""
    arms = {arm.name: arm for arm in study.plan.arms}
    return [_entry(study, arms[verdict.arm], verdict) for verdict in study.verdicts]


def costs(study: Study, arm: str) -> dict[str, Cost]:
    """What an arm costs, by name."""
    kinds = {"parameters": counted, "flops": counted, "seconds_per_step": timed, "peak_memory_mib": timed}
    return {name: measure(study, arm, name) for name, measure in kinds.items()}


def _entry(study: Study, arm: Arm, verdict: Verdict) -> Entry:
    about = arm.about
    baseline = study.plan.merged(next(arm for arm in study.plan.arms if arm.name == BASELINE))
    changes = [] if verdict.placebo else diff(baseline, arm.contents[-1])
    return Entry(arm, about, verdict, costs(study, arm.name), _outcome(verdict, about), changes)


def _outcome(verdict: Verdict, about: About) -> str:
    if not verdict.placebo:
        return "" if about.expects == "unknown" else claim(verdict, about.expects)
    if verdict.verdict in ("not estimable", "no verdict (unregistered look)"):
        return ""
    return "passed" if verdict.verdict in ("undecided", "equivalent", "no material gain") else "failed"
