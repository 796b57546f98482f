"""An arm's trials beside the baseline's, paired as the verdicts pair them."""

import math

from experiments.plan.arms import BASELINE, PLACEBO
from experiments.results.study import Row, Study, score


def pairs(study: Study, arm: str) -> list[tuple[Row, Row]]:
    """Finished trials of an arm, each with the baseline's of the same seed; the placebo's are joined by rank."""
    ours, theirs = finished(study, arm), finished(study, BASELINE)
    if arm == PLACEBO:
        return [(ours[one], theirs[other]) for one, other in zip(sorted(ours), sorted(theirs), strict=False)]
    return [(ours[seed], theirs[seed]) for seed in sorted(ours.keys() & theirs.keys())]


def complete(study: Study, arm: str) -> list[tuple[Row, Row]]:
    """The pairs in which both trials have a finite metric."""
    return [(ours, theirs) for ours, theirs in pairs(study, arm) if scored(study, ours) and scored(study, theirs)]


def scored(study: Study, row: Row) -> bool:
    """Whether a trial ended with a finite metric; else it diverged, or there was nothing to measure."""
    return math.isfinite(score(row, study.plan.ablation))


def finished(study: Study, arm: str) -> dict[int, Row]:
    """The rows of the trials that ended, well or not, by seed."""
    rows = (row for row in study.rows if row["arm"] == arm)
    return {row["seed"]: row for row in rows if row["status"].ended}
