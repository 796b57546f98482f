"""The next seeds of a race."""

from collections.abc import Sequence

from experiments.judge.alphas import Alphas
from experiments.judge.course import seeds_next
from experiments.judge.racing import BANKED
from experiments.judge.verdict import Verdict
from experiments.plan.arms import BASELINE


def wanted(verdicts: Sequence[Verdict], tricks: Sequence[str], alphas: Alphas, sesoi: float) -> dict[str, int]:
    """How many seeds, from the first, every arm should have by now; what is there and what is missing alike.

    Args:
        verdicts: Of the tricks, as far as they are known.
        tricks: The registered ones, in order.
        alphas: Levels with the registered looks.
        sesoi: Smallest effect of interest.
    """
    known = {verdict.arm: verdict for verdict in verdicts}
    seeds = {arm: seeds_next(known[arm], alphas, sesoi) if arm in known else alphas.looks[0] for arm in tricks}
    banked = len(tricks) >= BANKED and not any(verdict.baseline_diverged for verdict in verdicts)
    most = max(seeds.values())
    return {BASELINE: 2 * most if banked else most, **seeds}
