"""Every registered effect of a plan, judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from experiments.plan.arms import BASELINE, PLACEBO
from experiments.plan.planned import Plan, differences
from experiments.results.race import judge_race, race_alphas

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.alphas import Alphas
    from experiments.judge.interactions import Fit
    from experiments.judge.verdict import Verdict

Scores = Mapping[str, Mapping[int, float]]


def judge(plan: Plan, scores: Scores) -> tuple[list[Verdict], dict[str, Fit]]:
    """Judge the comparisons, the average effects of the designs that are fitted, and the declared differences.

    All of them count in what each must show. A placebo comes last.

    Args:
        plan: The plan.
        scores: arm → seed → metric, NaN for a diverged run.

    Returns:
        The verdicts, and design → what its arms say together.
    """
    from experiments.judge.differences import difference
    from experiments.judge.interactions import fit, halves, tabulate
    from experiments.judge.pairs import join
    from experiments.judge.verdicts import judge_pairs, judge_placebo

    ablation, comparisons = plan.ablation, plan.comparisons
    turn = ablation.higher_is_better, ablation.failure_value
    if ablation.looks:
        return judge_race(plan, scores, judged_alphas(plan)), {}
    declared, alphas = differences(plan), judged_alphas(plan)
    joined = {each.name: join(scores[each.arm], scores[each.against], *turn) for each in comparisons}
    judged: list[Verdict] = []
    fits: dict[str, Fit] = {}
    for condition in ablation.conditions or ("",):  # each has a seed noise of its own
        own = {each.name: joined[each.name] for each in comparisons if each.condition == condition}
        judged += judge_pairs(own, alphas, ablation.sesoi)
    for design in plan.fitted:
        runs, on = [scores[arm.name] for arm in design.arms], [arm.tricks for arm in design.arms]
        table = tabulate(runs, on, design.groups, *turn)
        fits[design.title] = fit(table)
        averages = {design.average(trick): halves(table, trick) for trick in design.tricks}
        judged += judge_pairs(averages, alphas, ablation.sesoi)
        joined |= averages
    between = {each.name: difference(joined[each.effect], joined[each.minus]) for each in declared}
    judged += judge_pairs(between, alphas, ablation.sesoi)
    if ablation.placebo:
        pairs = join(scores[PLACEBO], scores[BASELINE], *turn, by_rank=True)
        judged.append(judge_placebo(PLACEBO, pairs, alphas, ablation.sesoi))
    return judged, fits


def judged_alphas(plan: Plan) -> Alphas:
    """Levels over all that gets a verdict, the placebo apart."""
    from experiments.judge.alphas import Alphas

    if plan.ablation.looks:
        return race_alphas(plan)
    averages = sum(len(design.tricks) for design in plan.fitted)
    return Alphas(len(plan.comparisons) + averages + len(differences(plan)))
