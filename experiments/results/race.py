"""A race: what its arms have shown, and how many seeds each should have by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from experiments.plan.arms import PLACEBO
from experiments.plan.comparisons import Design
from experiments.plan.planned import Plan, differences, registered_alphas

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.alphas import Alphas
    from experiments.judge.pairs import Pairs
    from experiments.judge.racing import Field
    from experiments.judge.verdict import Verdict

Scores = Mapping[str, Mapping[int, float]]


def judge_race(plan: Plan, scores: Scores) -> list[Verdict]:
    """Judge every comparison and declared difference at the look of its own number of seeds.

    The arms of each design under each condition are a field with a bank of its own; differences are one more.
    """
    from experiments.judge.differences import difference
    from experiments.judge.pairs import join
    from experiments.judge.racing import Field, judge_raced

    if plan.ablation.path:
        return [verdict for design in plan.designs for verdict in _replayed(design, plan, scores)]
    turn = plan.ablation.higher_is_better, plan.ablation.failure_value
    joined = {each.name: join(scores[each.arm], scores[each.against], *turn) for each in plan.comparisons}
    between = {each.name: difference(joined[each.effect], joined[each.minus]) for each in differences(plan)}
    fields = [_field(design, plan, scores, joined) for design in plan.designs]
    return judge_raced([*fields, Field(between)], registered_alphas(plan, plan.designs[0]), plan.ablation.sesoi)


def _replayed(design: Design, plan: Plan, scores: Scores) -> list[Verdict]:
    """The verdicts of a path's step as they were when it was decided: later steps give its arms more seeds."""
    from experiments.judge.pairs import join
    from experiments.judge.racing import judge_raced

    ablation, alphas = plan.ablation, registered_alphas(plan, design)
    counts = dict.fromkeys(design.comparisons, ablation.looks[0])
    while True:
        most = {each.arm: count for each, count in counts.items()}
        most[design.arms[0].name] = (1 + design.banked) * max(counts.values())
        seen = {arm: {seed: scores[arm][seed] for seed in scores[arm] if seed < k} for arm, k in most.items()}
        turn = ablation.higher_is_better, ablation.failure_value
        joined = {each.name: join(seen[each.arm], seen[each.against], *turn) for each in design.comparisons}
        judged = judge_raced([_field(design, plan, seen, joined)], alphas, ablation.sesoi)
        after = {each: _next(v, plan, alphas) for each, v in zip(design.comparisons, judged, strict=True)}
        if after == counts:
            return judged
        counts = after


def _field(design: Design, plan: Plan, scores: Scores, joined: Mapping[str, Pairs]) -> Field:
    from experiments.judge.pairs import join, turned
    from experiments.judge.racing import Field

    ablation, hub = plan.ablation, design.hub
    turn = ablation.higher_is_better, ablation.failure_value
    own = {each.name: joined[each.name] for each in design.comparisons}
    whole = all(not pairs.arm_diverged.any() and not pairs.baseline_diverged.any() for pairs in own.values())
    from_recipe = hub in {each.arm for each in design.comparisons}
    if hub is None or (from_recipe and not whole):
        return Field(own)  # by pairs alone
    if from_recipe:  # the recipe minus a trick: the hub is what has the trick
        turn = not ablation.higher_is_better, ablation.failure_value
        own = {each.name: join(scores[each.against], scores[hub], *turn) for each in design.comparisons}
    bank, failed = turned(scores[hub], *turn)
    return Field(own, bank if design.banked and not failed.any() else None)


def wanted(plan: Plan, verdicts: Sequence[Verdict]) -> dict[str, int]:
    """How many seeds, from the first, each arm of a race should have by now.

    An arm goes on while an effect is open that hangs on it: its own, or a declared difference.

    Args:
        plan: The plan.
        verdicts: As far as they are known.
    """
    known = {verdict.arm: verdict for verdict in verdicts}
    due: dict[str, int] = {}
    for design in plan.designs:
        alphas = registered_alphas(plan, design)
        own = {each.name: _next(known.get(each.name), plan, alphas) for each in design.comparisons}
        due |= _abreast(own, known) if plan.ablation.path else own
    for between in differences(plan):
        seeds = _next(known.get(between.name), plan, registered_alphas(plan, plan.designs[0]))
        due |= {name: max(due[name], seeds) for name in (between.effect, between.minus)}
    whole = {arm.name: len(arm.seeds) for arm in plan.arms if arm.again or arm.tunes}
    counts = {arm.name: plan.ablation.looks[0] for arm in plan.arms} | whole
    for design in plan.designs:
        for each in design.comparisons:
            counts |= {end: max(counts[end], due[each.name]) for end in (each.arm, each.against)}
        if design.hub and design.banked and not _diverged(known, design):
            counts[design.hub] = max(counts[design.hub], 2 * max(due[each.name] for each in design.comparisons))
    return counts | {arm.name: counts[arm.baseline] for arm in plan.arms if arm.plain == PLACEBO}


def _abreast(due: Mapping[str, int], known: Mapping[str, Verdict]) -> dict[str, int]:
    """No trick of a path's step goes on to a look before the others have been at the one before.

    It is judged beside them there, so that the path is the same wherever its training was interrupted.
    """
    on = {name: seeds for name, seeds in due.items() if name not in known or known[name].k < seeds}
    return {name: min(on.values()) if name in on else seeds for name, seeds in due.items()}


def _next(verdict: Verdict | None, plan: Plan, alphas: Alphas) -> int:
    if verdict is None:  # as of a race that is only planned
        return plan.ablation.looks[0]
    from experiments.judge.course import seeds_next

    return seeds_next(verdict, alphas, plan.ablation.sesoi)


def _diverged(known: Mapping[str, Verdict], design: Design) -> bool:
    return any(known[each.name].baseline_diverged for each in design.comparisons if each.name in known)
