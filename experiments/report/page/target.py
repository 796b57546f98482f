"""Who reaches the target, and how soon: by arm, over all seeds and against the baseline."""

import math
from dataclasses import dataclass
from statistics import median

from experiments.declare.target import STEPS
from experiments.plan.comparisons import Comparison
from experiments.report.page.entries import Entry, list_entries
from experiments.report.page.summary import levels
from experiments.results.paired import pairs
from experiments.results.study import Row, Study


@dataclass(frozen=True)
class Reached:
    """An arm on its way to the target. A run that diverged or never reached it counts as later than any other.

    Args:
        arm: Name of the arm.
        title: What it is called on the page.
        steps: Optimizer steps of each finished trial, by seed; infinite where the target was not reached.
        sooner: Pairs in which it was reached before the baseline's run.
        later: Pairs in which it was reached after it.
        pairs: Finished pairs; 0 for the baseline itself.
    """

    arm: str
    title: str
    steps: list[float]
    sooner: int = 0
    later: int = 0
    pairs: int = 0

    @property
    def count(self) -> str:
        """How many seeds reached it."""
        return f"{sum(map(math.isfinite, self.steps))} of {len(self.steps)}"

    @property
    def median(self) -> str:
        """The median over all seeds; a dash where too few reached the target to know it."""
        middle = median(self.steps) if self.steps else math.inf
        return f"{middle:,.0f}" if math.isfinite(middle) else "–"

    def __str__(self) -> str:
        steps = f"median {self.median} steps" if self.median != "–" else "no median: too few reached it"
        paired = f"; sooner than the baseline in {self.sooner} and later in {self.later} of {self.pairs} pairs"
        return f"{self.arm}: reached by {self.count}, {steps}{paired if self.pairs else ''}"


def reached(study: Study, compared: list[Entry]) -> list[Reached]:
    """The baseline and the compared arms, in the order declared; none where there is no target."""
    if not study.plan.ablation.target:
        return []
    arms = [_reached(study, entry, entry.effect.compared) for entry in compared if entry.effect.compared]
    baselines = [Reached(level.arm, level.title, _all(study, level.arm)) for level in levels(study)]
    return [*baselines, *arms]


def notes(study: Study) -> list[str]:
    """The same in lines of text; none where there is no target."""
    arms = reached(study, list_entries(study))
    return [f"{title(study)}:", *map(str, arms)] if arms else []


def title(study: Study) -> str:
    """What is counted; says so if the target's metric is in no trial's record, for then its name is wrong."""
    target = study.plan.ablation.target
    if target is None:
        return ""
    rows = [row for seeds in study.curves.values() for epochs in seeds.values() for row in epochs]
    unknown = rows and not any(target.metric in row for row in rows)
    return f"Optimizer steps until {target}{f' (no trial records {target.metric})' if unknown else ''}"


def _reached(study: Study, entry: Entry, compared: Comparison) -> Reached:
    both = [(_steps(ours), _steps(theirs)) for ours, theirs in pairs(study, compared)]
    sooner, later = sum(ours < theirs for ours, theirs in both), sum(ours > theirs for ours, theirs in both)
    return Reached(entry.verdict.arm, entry.title, _all(study, compared.arm), sooner, later, len(both))


def _all(study: Study, arm: str) -> list[float]:
    return [_steps(row) for _, row in sorted(study.finished[arm].items())]


def _steps(row: Row) -> float:
    return math.inf if row[STEPS] is None else float(row[STEPS])
