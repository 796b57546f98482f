"""An arm's trials beside another's, mostly the baseline's, paired as the verdicts pair them."""

import math

from experiments.plan.arms import PLACEBO
from experiments.plan.comparisons import Comparison
from experiments.results.study import Row, Study, score


def pairs(study: Study, compared: Comparison | None) -> list[tuple[Row, Row]]:
    """Finished trials of two arms by their seed, the placebo's by rank; none where it is not two that are compared."""
    if compared is None:
        return []
    ours, theirs = finished(study, compared.arm), finished(study, compared.against)
    if compared.arm == PLACEBO:
        return [(ours[one], theirs[other]) for one, other in zip(sorted(ours), sorted(theirs), strict=False)]
    return [(ours[seed], theirs[seed]) for seed in sorted(ours.keys() & theirs.keys())]


def complete(study: Study, compared: Comparison | None) -> list[tuple[Row, Row]]:
    """The pairs in which both trials have a finite metric."""
    both = pairs(study, compared)
    return [(ours, theirs) for ours, theirs in both if scored(study, ours) and scored(study, theirs)]


def scored(study: Study, row: Row) -> bool:
    """Whether a trial ended with a finite metric; else it diverged, or there was nothing to measure."""
    return math.isfinite(score(row, study.plan.ablation))


def finished(study: Study, arm: str) -> dict[int, Row]:
    """The rows of the trials that ended, well or not, by seed."""
    rows = (row for row in study.rows if row["arm"] == arm)
    return {row["seed"]: row for row in rows if row["status"].ended}
