"""Racing: seeds are added only where a verdict is still open, and the baseline's own further seeds sharpen it.

Simulated as it runs (12 tricks, 7 kinds of noise, `tests/experiments/judge/simulated.py`), it keeps the family-wise
error of fixed seeds at about half their runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.judge.alphas import BANKED, Alphas
from experiments.judge.estimate import Bank, Estimate, banked, paired, pooled_slope
from experiments.judge.pairs import Floats, Pairs, join, turned
from experiments.judge.rule import word
from experiments.judge.scores import failure_score, refuse_study
from experiments.judge.verdict import Verdict, intervals, judge_arm


@dataclass(frozen=True, eq=False)
class Field:
    """Effects of one kind of seed noise: each is judged by its own spread and that of the others.

    Args:
        joined: Effect → its pairs.
        bank: Scores of all runs of the arm that all pairs have in the place of the baseline, turned so that more is
            better; none if there is no such arm, or it has no more runs than the pairs.
    """

    joined: Mapping[str, Pairs]
    bank: Floats | None = None


def judge_race(
    scores: Mapping[str, Mapping[int, float]],
    *,
    baseline: str,
    sesoi: float,
    looks: Sequence[int],
    higher_is_better: bool = True,
    failure_value: float | None = None,
    tricks: Sequence[str] | None = None,
    placebo: str | None = None,
) -> list[Verdict]:
    """Judge every registered trick at the look of its own number of runs, on what was known then.

    From `BANKED` tricks on, if no run of the baseline diverged, the baseline's first 2K seeds are its bank at the look
    of K. A trick that helps or hurts leaves its share of the 5 % to those that are judged at this look and later.

    Args:
        scores: arm → {seed → metric}, seeds in order from the smallest; a value that is not finite is a diverged run.
        baseline: the arm to compare with.
        sesoi: smallest effect of interest, on the metric's scale.
        looks: registered looks as seed counts.
        higher_is_better: direction of the metric.
        failure_value: what a diverged run scores; by default 0 when higher is better.
        tricks: the registered tricks, with runs or without; by default every arm but the baseline.
        placebo: name of a verdict on the second half of the bank against the first, last of all; none by default.

    Raises:
        ValueError: for an SESOI that is not positive, an unknown baseline, looks that do not ascend, or a run of a
            lower-is-better metric that diverged and has no failure value.
    """
    refuse_study(scores, baseline, sesoi)
    tricks = [arm for arm in scores if arm != baseline] if tricks is None else tricks
    failure = failure_score(scores, higher_is_better, failure_value)
    alphas = Alphas(max(1, len(tricks)), tuple(looks))
    joined = {trick: join(scores.get(trick, {}), scores[baseline], higher_is_better, failure) for trick in tricks}
    bank, failed = turned(scores[baseline], higher_is_better, failure)
    usable = len(tricks) >= BANKED and not failed.any()
    judged = judge_raced([Field(joined, bank if usable else None)], alphas, sesoi)
    if placebo and usable and len(bank) > 3:
        judged.append(free_placebo(placebo, scores[baseline], higher_is_better, failure, alphas, sesoi))
    return judged


def judge_raced(fields: Sequence[Field], alphas: Alphas, sesoi: float) -> list[Verdict]:
    """Judge effects, each at the look of its own number of pairs; all of them share the levels.

    Whatever stops an effect, and on whatever others the seeds of its arms hang, no more than 5 % of races find what is
    not there, as far as the t holds: before the first such finding only true ones had left their share, so that its
    level was at most the look's part of .05 over the effects that are nothing. What went on for the sake of others is
    judged anew.

    Args:
        fields: the effects.
        alphas: levels over all registered effects, these or more.
        sesoi: smallest effect of interest.
    """
    joined = {effect: pairs for field in fields for effect, pairs in field.joined.items()}
    judged: dict[str, Verdict] = {}
    found = 0
    for k in sorted({*alphas.looks, *(pairs.k for pairs in joined.values())}):
        here = {effect: estimate for field in fields for effect, estimate in _estimates(field, k).items()}
        shares = recycled({arm: (joined[arm], estimate) for arm, estimate in here.items()}, alphas, sesoi, found)
        judged |= {
            arm: judge_arm(arm, joined[arm], here[arm], alphas, sesoi, found=shares.get(arm, found)) for arm in here
        }
        found += sum(_found(judged[arm].verdict) for arm in here)
    return [judged[arm] for arm in joined]


def recycled(arms: Mapping[str, tuple[Pairs, Estimate]], alphas: Alphas, sesoi: float, found: int) -> dict[str, int]:
    """How many tricks had left their share when each arm was judged, at one look; repeated until nothing is added."""
    shares: dict[str, int] = {}
    while True:
        new = [arm for arm in arms if arm not in shares and _found(_word(*arms[arm], alphas, sesoi, found))]
        shares |= dict.fromkeys(new, found)
        if not new:
            return shares | {arm: found for arm in arms if arm not in shares}
        found += len(new)


def _word(pairs: Pairs, estimate: Estimate, alphas: Alphas, sesoi: float, found: int) -> str:
    interval, bounds = intervals(estimate, alphas.verdict(pairs.k, found), alphas.equivalence)
    return word(pairs, alphas.registered(pairs.k), interval, bounds, sesoi)


def _found(said: str) -> bool:
    return said.startswith(("helps", "hurts"))


def _estimates(field: Field, k: int) -> dict[str, Estimate]:
    """The effects that are at `k` pairs, from what the whole field had shown then."""
    here = [arm for arm, pairs in field.joined.items() if pairs.k == k]
    if not here:
        return {}
    seen = {arm: pairs.first(k) for arm, pairs in field.joined.items()}
    known = None if field.bank is None else field.bank[: 2 * k]
    if k < 2 or known is None or len(known) <= k:
        return {arm: paired(seen[arm], _others(seen, arm)) for arm in here}
    at_look = Bank(known, pooled_slope(list(seen.values())))
    sloped = {arm: pairs.sloped(at_look.slope) for arm, pairs in seen.items()}
    return {arm: banked(sloped[arm], _others(sloped, arm), at_look) for arm in here}


def _others(arms: Mapping[str, Pairs], arm: str) -> list[Pairs]:
    return [pairs for name, pairs in arms.items() if name != arm]


def free_placebo(
    name: str, runs: Mapping[int, float], higher_is_better: bool, failure: float, alphas: Alphas, sesoi: float
) -> Verdict:
    """The second half of the bank against the first: the baseline again, on fresh seeds, at no cost."""
    seeds = sorted(runs)
    half = len(seeds) // 2
    first, second = ({seed: runs[seed] for seed in part} for part in (seeds[:half], seeds[half : 2 * half]))
    pairs = join(second, first, higher_is_better, failure, by_rank=True)
    return judge_arm(name, pairs, paired(pairs, []), alphas, sesoi, placebo=True)
