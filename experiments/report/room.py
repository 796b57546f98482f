"""Whether a baseline leaves room for an effect that matters: a metric near its end cannot change as much."""

from statistics import mean

from experiments.results.paired import scored
from experiments.results.study import Study, score

MOST = (1, 100)  # ends of a share, and of one in percent


def lines(study: Study) -> list[str]:
    """What is said of the baselines whose metric has less room than the smallest effect that matters."""
    ablation = study.plan.ablation
    said = []
    for arm in study.plan.baselines:
        values = [score(row, ablation) for row in study.rows if row["arm"] == arm.name and scored(study, row)]
        said += lack(arm.name, values, ablation.metric, ablation.sesoi, ablation.higher_is_better)
    return said


def lack(baseline: str, values: list[float], metric: str, sesoi: float, higher_is_better: bool) -> list[str]:
    """A line for each end that such a metric is nearer to than the smallest effect that matters.

    It ends at 0; one of which more is better ends at 1 or 100 too, where it lies below that. A loss has no such end.

    Args:
        baseline: Name of the arm.
        values: What its runs that ended reached.
        metric: What they are judged by.
        sesoi: Smallest effect of interest.
        higher_is_better: Whether more of the metric is better.
    """
    if not values:
        return []
    reached, told = mean(values), []
    said = f"{baseline}: {metric} is {reached:.4g} and the smallest effect that matters {sesoi:g}, so that nothing can"
    if 0 <= reached < sesoi:
        cannot = "lose" if higher_is_better else "gain"
        little = "“equivalent” says little here. Train it for longer, or make sesoi smaller"
        told.append(f"{said} {cannot} as much: {little}")
    for most in MOST:
        if higher_is_better and sesoi < most and most - sesoi < reached and max(values) <= most:
            little = "“equivalent” and “no material gain” say little here. Take harder data, or make sesoi smaller"
            told.append(f"{said} gain as much below {most}: {little}")
    return told
