"""What an ablation can show, told before anything is spent."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

from experiments.plan.comparisons import Design
from experiments.plan.planned import Plan, registered_alphas
from experiments.results.study import read_rows, score

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.prospect import Prospect
    from experiments.results.sound import Fault

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
    runs, unsound = _pilot(plan) if spread is None else ({}, [])
    told: dict[str, list[str]] = {}  # line → the designs that it is about
    designs = plan.designs[-1:] if plan.ablation.path else plan.designs  # of a path the step that is open
    for design in designs:
        own = runs.get(design.arms[0].baseline, [])
        assumed = _spread(own) if spread is None else (spread, "as given")
        if assumed:
            said = [f"spread of a paired difference: {assumed[0]:.3g}, {assumed[1]}", _told(plan, design, assumed[0])]
            for line in said:
                told.setdefault(line, []).append(design.title)
    unknown = [f"{fault.said}. What the ablation can show is not known from that" for fault in unsound]
    return unknown + [line if len(of) == len(designs) else f"{', '.join(of)}: {line}" for line, of in told.items()]


def _pilot(plan: Plan) -> tuple[dict[str, list[float]], list[Fault]]:
    """What each baseline's seeds that are done have scored, and which baselines have a fault, whose spread is none.

    Seeds that diverged are no seed noise.
    """
    found: dict[str, list[float]] = {arm.name: [] for arm in plan.baselines}
    for row in read_rows(plan):
        if row["arm"] in found and math.isfinite(value := score(row, plan.ablation)):
            found[row["arm"]].append(value)
    if not any(found.values()):
        return found, []
    from experiments.results.sound import faults  # numpy

    unsound = faults(plan)
    return {
        name: [] if name in {fault.baseline for fault in unsound} else runs for name, runs in found.items()
    }, unsound


def _spread(runs: list[float]) -> tuple[float, str] | None:
    if len(runs) < PILOT or not statistics.stdev(runs) > 0:
        return None
    return math.sqrt(2) * statistics.stdev(runs), _source(runs)


def _source(runs: list[float]) -> str:
    from scipy import special

    df, own = len(runs) - 1, math.sqrt(2) * statistics.stdev(runs)
    tail = (1 - CERTAIN) / 2
    low, high = (own * math.sqrt(df / float(special.chdtri(df, upper))) for upper in (tail, 1 - tail))
    of = f"√2 × that of {len(runs)} baseline seeds"
    return f"{of} (95 %: {low:.2g} to {high:.2g}); less if paired seeds share their noise"


def _told(plan: Plan, design: Design, spread: float) -> str:
    from experiments.judge.prospect import MOST, look_ahead

    ablation = plan.ablation
    seeds = ablation.looks[-1] if ablation.looks else len(ablation.seeds)
    if seeds < 2:
        return "with 1 seed nothing can be shown: this ablation cannot answer its question"
    found = look_ahead(spread * _narrowed(design), ablation.sesoi, seeds, registered_alphas(plan, design))
    needs = f"{found.needed} seeds" if found.needed else f"over {MOST} seeds"
    return (
        f"with {seeds} seeds the smallest effect that can be shown (80 % power) is {found.smallest:.2g}, "
        f"{found.smallest / ablation.sesoi:.2g} times sesoi; an effect of sesoi = {ablation.sesoi:g} is shown with a "
        f"chance of {found.chance:.0%} and needs {needs}: {_answer(found, ablation.sesoi)}"
    )


def _answer(found: Prospect, sesoi: float) -> str:
    can = found.smallest <= sesoi
    return f"this ablation {'can' if can else 'cannot'} answer its question"


def _narrowed(design: Design) -> float:
    """The spread of what a design asks in spreads of one paired difference: averages are over several arms."""
    having = [sum(trick in arm.tricks for arm in design.arms) for trick in design.tricks]
    return 1 / math.sqrt(min(having, default=1))
