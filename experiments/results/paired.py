"""Trials of several arms, mostly of a trick and its baseline, joined on the seed as the verdicts join them."""

import math
from collections.abc import Collection

from experiments.plan.arms import PLACEBO
from experiments.plan.comparisons import Comparison
from experiments.results.study import Row, Study, score

Joined = dict[str, Row]  # arm → its trial


def joined(study: Study, arms: Collection[str]) -> list[Joined]:
    """Finished trials of some arms by their seed; of a placebo and its baseline, which share none, by rank."""
    done = [study.finished.get(arm, {}) for arm in arms]
    if any(arm.split("/")[-1] == PLACEBO for arm in arms):
        columns = [[rows[seed] for seed in sorted(rows)] for rows in done]
    else:
        shared = sorted(set.intersection(*(set(rows) for rows in done))) if done else []
        columns = [[rows[seed] for seed in shared] for rows in done]
    return [dict(zip(arms, rows, strict=True)) for rows in zip(*columns, strict=False)]


def pairs(study: Study, compared: Comparison) -> list[tuple[Row, Row]]:
    """Finished trials of the two arms of a comparison."""
    both = joined(study, (compared.arm, compared.against))
    return [(rows[compared.arm], rows[compared.against]) for rows in both]


def complete(study: Study, arms: Collection[str]) -> list[Joined]:
    """Those in which all trials have a finite metric."""
    return [rows for rows in joined(study, arms) if all(scored(study, row) for row in rows.values())]


def failed(study: Study, arms: Collection[str]) -> set[int]:
    """Seeds, those of the first arm, at which a trial has no finite metric."""
    together = joined(study, arms)
    return {next(iter(rows.values()))["seed"] for rows in together if not all(scored(study, r) for r in rows.values())}


def scored(study: Study, row: Row) -> bool:
    """Whether a trial ended with a finite metric; else it diverged, or there was nothing to measure."""
    return math.isfinite(score(row, study.plan.ablation))
