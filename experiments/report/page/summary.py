"""The answer in a few plain sentences, and what it is an answer to."""

import math
import statistics
from dataclasses import dataclass

from experiments.plan.arms import Arm
from experiments.report.numbers import DASH, decimals, fixed, ratio, signed
from experiments.report.page.entries import Entry
from experiments.report.spent import COSTLY
from experiments.results.paired import scored
from experiments.results.study import Study, score

# Verdict → how one trick, and several, are said to have fared; the order of the summary.
PHRASES = {
    "helps": ("helps", "help"),
    "helps (negligible)": ("helps by less than matters", "help by less than matters"),
    "hurts": ("hurts", "hurt"),
    "hurts (negligible)": ("hurts by less than matters", "hurt by less than matters"),
    "unstable": ("is unstable", "are unstable"),
    "equivalent": ("makes no difference that matters", "make no difference that matters"),
    "no material gain": ("brings no gain that matters", "bring no gain that matters"),
    "undecided": ("is undecided", "are undecided"),
    "no-op": ("changed nothing at all", "changed nothing at all"),
    "not estimable": ("cannot be judged yet", "cannot be judged yet"),
    "no verdict (unsound baseline)": (
        "has no verdict: the baseline is unsound",
        "have no verdict: the baseline is unsound",
    ),
    "no verdict (unregistered look)": ("has no verdict at this look", "have no verdict at this look"),
}
NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NAMED = 6  # tricks in a sentence; the table has them all


def sentences(entries: list[Entry], sesoi: float) -> list[tuple[str, list[tuple[str, str]], int]]:
    """(how many fared so, which, each with its figures, how many more) for each verdict, the largest effects first.

    Under conditions and on a path a trick has several effects, and these are counted.
    """
    tricks = [entry for entry in entries if not entry.verdict.placebo]
    noun = (" effect", " effects") if len({entry.effect.trick for entry in tricks}) < len(tricks) else ("", "")
    said = []
    for word, phrases in PHRASES.items():
        group = sorted((entry for entry in tricks if entry.verdict.verdict == word), key=_size, reverse=True)
        if group:
            many = len(group) > 1
            lead = f"{_number(len(group))}{noun[many]} {phrases[many]}"
            named = [_named(entry, decimals(sesoi)) for entry in group[:NAMED]]
            said.append((lead[0].upper() + lead[1:], named, len(group) - len(named)))
    return said


def _size(entry: Entry) -> float:
    return 0.0 if math.isnan(entry.verdict.mean) else abs(entry.verdict.mean)


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def _named(entry: Entry, places: int) -> tuple[str, str]:
    verdict = entry.verdict
    if verdict.verdict == "unstable":
        return entry.title, f" (diverged in {verdict.diverged} of {verdict.k} runs)"
    if math.isnan(verdict.mean):
        return entry.title, ""
    flops = entry.costs["flops"].ratio
    dearer = f", {ratio(flops)} the FLOPs" if flops and flops > COSTLY and verdict.verdict.startswith("helps") else ""
    return entry.title, f" ({signed(verdict.mean, places)}{dearer})"


@dataclass(frozen=True)
class Level:
    """Where the baseline stands.

    Args:
        text: Mean ± sd of its metric over the seeds that did not diverge.
        k: How many these are.
        arm: Name of the baseline.
        condition: What it is under; empty where there are no conditions.
    """

    text: str
    k: int
    arm: str
    condition: str

    @property
    def title(self) -> str:
        """What the baseline is called on the page."""
        return f"Baseline ({self.condition})" if self.condition else "Baseline"


def levels(study: Study) -> list[Level]:
    """Where the baseline stands, or that of each condition."""
    return [_level(study, arm) for arm in study.plan.baselines]


def _level(study: Study, arm: Arm) -> Level:
    ablation = study.plan.ablation
    places = decimals(ablation.sesoi) + 1
    values = [score(row, ablation) for row in study.rows if row["arm"] == arm.name and scored(study, row)]
    if not values:
        return Level(DASH, 0, arm.name, arm.condition)
    spread = f" ± {fixed(statistics.stdev(values), places)}" if len(values) > 1 else ""
    return Level(f"{fixed(statistics.mean(values), places)}{spread}", len(values), arm.name, arm.condition)
