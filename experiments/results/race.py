"""A race: what its arms have shown, and how many seeds each should have by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from experiments.plan.arms import BASELINE, PLACEBO
from experiments.plan.comparisons import Design
from experiments.plan.planned import Plan

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.alphas import Alphas
    from experiments.judge.verdict import Verdict

Scores = Mapping[str, Mapping[int, float]]


def judge_race(plan: Plan, scores: Scores, alphas: Alphas) -> list[Verdict]:
    """Judge every comparison at the look of its own number of seeds; a placebo that costs nothing comes last."""
    from experiments.judge.racing import free_placebo

    ablation = plan.ablation
    judged = [verdict for design in plan.designs for verdict in _judged(design, plan, scores, alphas)]
    bank = scores.get(BASELINE, {})
    if ablation.placebo and BASELINE in plan.banks and len(bank) > 3:
        turn = ablation.higher_is_better, ablation.failure_value
        judged.append(free_placebo(PLACEBO, bank, *turn, alphas, ablation.sesoi))
    return judged


def _judged(design: Design, plan: Plan, scores: Scores, alphas: Alphas) -> list[Verdict]:
    from experiments.judge.pairs import join, turned
    from experiments.judge.racing import judge_raced
    from experiments.judge.verdicts import judge_pairs

    ablation, hub = plan.ablation, design.hub
    turn = ablation.higher_is_better, ablation.failure_value
    joined = {each.name: join(scores[each.arm], scores[each.against], *turn) for each in design.comparisons}
    whole = all(not pairs.arm_diverged.any() and not pairs.baseline_diverged.any() for pairs in joined.values())
    if hub is None or (hub in {each.arm for each in design.comparisons} and not whole):
        return judge_pairs(joined, alphas, ablation.sesoi)  # at its looks, by pairs alone
    if hub in {each.arm for each in design.comparisons}:  # the recipe minus a trick: the hub is what has the trick
        turn = not ablation.higher_is_better, ablation.failure_value
        joined = {each.name: join(scores[each.against], scores[hub], *turn) for each in design.comparisons}
    bank, failed = turned(scores[hub], *turn)
    return judge_raced(joined, bank if design.banked and not failed.any() else bank[:0], alphas, ablation.sesoi)


def race_alphas(plan: Plan) -> Alphas:
    """Levels over all registered comparisons and looks."""
    from experiments.judge.alphas import Alphas

    return Alphas(len(plan.comparisons), tuple(plan.ablation.looks))


def wanted(plan: Plan, verdicts: Sequence[Verdict]) -> dict[str, int]:
    """How many seeds, from the first, each arm of a race should have by now.

    Args:
        plan: The plan.
        verdicts: As far as they are known.
    """
    known = {verdict.arm: verdict for verdict in verdicts}
    counts = {arm.name: len(arm.seeds) if arm.name == PLACEBO else plan.ablation.looks[0] for arm in plan.arms}
    for design in plan.designs:
        each_next = {each: _next(known.get(each.name), plan) for each in design.comparisons}
        for each, seeds in each_next.items():
            counts[each.arm], counts[each.against] = max(counts[each.arm], seeds), max(counts[each.against], seeds)
        if design.hub and design.banked and not _diverged(known, design):
            counts[design.hub] = max(counts[design.hub], 2 * max(each_next.values()))
    return counts


def _next(verdict: Verdict | None, plan: Plan) -> int:
    from experiments.judge.course import seeds_next

    return seeds_next(verdict, race_alphas(plan), plan.ablation.sesoi) if verdict else plan.ablation.looks[0]


def _diverged(known: Mapping[str, Verdict], design: Design) -> bool:
    return any(known[each.name].baseline_diverged for each in design.comparisons if each.name in known)
