"""What an ablation can show, told before anything is spent."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

from experiments.plan.arms import BASELINE, Design, Plan
from experiments.results.race import race_alphas
from experiments.results.study import read_study, score

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.alphas import Alphas
    from experiments.judge.prospect import Prospect

PILOT = 2  # seeds of the baseline, at least
CERTAIN = 0.95


def lines(plan: Plan, spread: float | None = None) -> list[str]:
    """The smallest effect that can be shown, the chance of one that matters and the seeds it needs.

    Args:
        plan: The ablation.
        spread: Standard deviation of a paired difference; without, that of the baseline's seeds that are done tells it.

    Returns:
        Nothing without a spread.
    """
    source, runs = "as given", []
    if spread is None:
        runs = _pilot(plan)
        if len(runs) < PILOT or not statistics.stdev(runs) > 0:
            return []
        spread, source = math.sqrt(2) * statistics.stdev(runs), _source(runs)
    told = [f"spread of a paired difference: {spread:.3g}, {source}"]
    for design in plan.designs:
        told += [f"{design.name}: " * (len(plan.designs) > 1) + _told(plan, design, spread)]
    return told


def _pilot(plan: Plan) -> list[float]:
    """What the baseline's seeds that are done have scored; those that diverged are no seed noise."""
    scores = (score(row, plan.ablation) for row in read_study(plan).rows if row["arm"] == BASELINE)
    return [value for value in scores if math.isfinite(value)]


def _source(runs: list[float]) -> str:
    from scipy import special

    df, own = len(runs) - 1, math.sqrt(2) * statistics.stdev(runs)
    tail = (1 - CERTAIN) / 2
    low, high = (own * math.sqrt(df / float(special.chdtri(df, upper))) for upper in (tail, 1 - tail))
    of = f"√2 × that of {len(runs)} baseline seeds"
    return f"{of} (95 %: {low:.2g} to {high:.2g}); less if paired seeds share their noise"


def _told(plan: Plan, design: Design, spread: float) -> str:
    from experiments.judge.prospect import MOST, prospect

    ablation = plan.ablation
    seeds = ablation.looks[-1] if ablation.looks else len(ablation.seeds)
    if seeds < 2:
        return "with 1 seed nothing can be shown: this ablation cannot answer its question"
    found = prospect(spread * _narrowed(design), ablation.sesoi, seeds, _alphas(plan))
    needs = f"{found.needed} seeds" if found.needed else f"over {MOST} seeds"
    return (
        f"with {seeds} seeds the smallest effect that can be shown (80 % power) is {found.smallest:.2g}, "
        f"{found.smallest / ablation.sesoi:.2g} times Δ; an effect of Δ = {ablation.sesoi:g} is shown with a chance of "
        f"{found.chance:.0%} and needs {needs}: {_answer(found, ablation.sesoi)}"
    )


def _answer(found: Prospect, sesoi: float) -> str:
    can = found.smallest <= sesoi
    return f"this ablation {'can' if can else 'cannot'} answer its question"


def _narrowed(design: Design) -> float:
    """The spread of what a design asks in spreads of one paired difference: averages are over several arms."""
    having = [sum(trick in arm.tricks for arm in design.arms) for trick in design.tricks]
    return 1 / math.sqrt(min(having, default=1))


def _alphas(plan: Plan) -> Alphas:
    from experiments.judge.alphas import Alphas

    averages = sum(len(design.tricks) for design in plan.fitted)
    return race_alphas(plan) if plan.ablation.looks else Alphas(len(plan.comparisons) + averages)
