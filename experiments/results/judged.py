"""Every registered effect of a plan, judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from experiments.plan.arms import BASELINE, PLACEBO, within
from experiments.plan.planned import Plan, differences, registered_alphas
from experiments.results.race import judge_race

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.interactions import Fit
    from experiments.judge.verdict import Verdict

Scores = Mapping[str, Mapping[int, float]]


def judge(plan: Plan, scores: Scores) -> tuple[list[Verdict], dict[str, Fit]]:
    """Judge the comparisons, the average effects of the designs that are fitted, and the declared differences.

    All of them count in what each must show. A placebo comes last, or that of each condition.

    Args:
        plan: The plan.
        scores: arm → seed → metric, NaN for a diverged run.

    Returns:
        The verdicts, and design → what its arms say together.
    """
    judged, fits = (judge_race(plan, scores), dict[str, "Fit"]()) if plan.ablation.looks else _judge_fixed(plan, scores)
    return judged + (list(_placebos(plan, scores)) if plan.ablation.placebo else []), fits


def _judge_fixed(plan: Plan, scores: Scores) -> tuple[list[Verdict], dict[str, Fit]]:
    from experiments.judge.differences import difference
    from experiments.judge.interactions import fit, halves, tabulate
    from experiments.judge.pairs import join
    from experiments.judge.verdicts import judge_pairs

    ablation, alphas = plan.ablation, registered_alphas(plan, plan.designs[0])
    turn = ablation.higher_is_better, ablation.failure_value
    joined = {each.name: join(scores[each.arm], scores[each.against], *turn) for each in plan.comparisons}
    judged: list[Verdict] = []
    fits: dict[str, Fit] = {}
    for condition in plan.conditions:  # each has a seed noise of its own
        own = {each.name: joined[each.name] for each in plan.comparisons if each.condition == condition}
        judged += judge_pairs(own, alphas, ablation.sesoi)
    for design in plan.fitted:
        runs, on = [scores[arm.name] for arm in design.arms], [arm.tricks for arm in design.arms]
        table = tabulate(runs, on, design.groups, *turn)
        fits[design.title] = fit(table)
        averages = {design.average(trick): halves(table, trick) for trick in design.tricks}
        judged += judge_pairs(averages, alphas, ablation.sesoi)
        joined |= averages
    between = {each.name: difference(joined[each.effect], joined[each.minus]) for each in differences(plan)}
    return judged + judge_pairs(between, alphas, ablation.sesoi), fits


def _placebos(plan: Plan, scores: Scores) -> Iterator[Verdict]:
    """The placebo of each condition: an arm, or the second half of the bank, which costs nothing."""
    from experiments.judge.pairs import join
    from experiments.judge.racing import free_placebo
    from experiments.judge.verdicts import judge_placebo

    ablation, alphas = plan.ablation, registered_alphas(plan, plan.designs[0])
    turn = ablation.higher_is_better, ablation.failure_value
    for condition in plan.conditions:
        name, runs = within(condition, PLACEBO), scores[within(condition, BASELINE)]
        if name in scores:
            pairs = join(scores[name], runs, *turn, by_rank=True)
            yield judge_placebo(name, pairs, alphas, ablation.sesoi)
        elif len(runs) > 3:
            yield free_placebo(name, runs, *turn, alphas, ablation.sesoi)
