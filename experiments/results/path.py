"""What the results of a path's steps decide, and what its proof shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.plan.comparisons import Design
from experiments.results.no_ops import waiting
from experiments.results.race import wanted
from experiments.results.study import Study, scores

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.verdict import Verdict


def settled(study: Study) -> bool:
    """Whether every trial that a step needs has ended, so that what it decides will not change."""
    counts = wanted(study.plan, study.verdicts) | dict.fromkeys(waiting(study.plan), 1)
    needed = {(arm.name, seed) for arm in study.plan.arms for seed in arm.seeds[: counts[arm.name]]}
    return all(row["status"].ended for row in study.rows if (row["arm"], row["seed"]) in needed)


def winner(study: Study, design: Design) -> str:
    """The trick that helps most at a step; empty if none helps by what matters."""
    known = study.judged
    helping = [each for each in design.comparisons if known[each.name].verdict == "helps"]
    return max(helping, key=lambda each: known[each.name].effect).trick if helping else ""


def proved(study: Study) -> Verdict | None:
    """The verdict on the recipe against the baseline over fresh seeds, which is one question; None before the end."""
    from experiments.judge.alphas import Alphas
    from experiments.judge.pairs import join
    from experiments.judge.verdicts import judge_pairs

    asked, ablation = study.plan.confirmation, study.plan.ablation
    if asked is None:
        return None
    known = scores(study.rows, ablation)
    pairs = join(known[asked.arm], known[asked.against], ablation.higher_is_better, ablation.failure_value)
    return judge_pairs({asked.trick: pairs}, Alphas(1), ablation.sesoi)[0]
