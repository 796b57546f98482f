"""Whether a baseline leaves room for an effect that matters: a metric below it cannot lose as much, or gain it."""

from statistics import mean

from experiments.results.paired import scored
from experiments.results.study import Study, score


def lines(study: Study) -> list[str]:
    """What is said of the baselines whose metric is smaller than the smallest effect that matters."""
    ablation = study.plan.ablation
    said = []
    for arm in study.plan.baselines:
        values = [score(row, ablation) for row in study.rows if row["arm"] == arm.name and scored(study, row)]
        said += lack(arm.name, values, ablation.metric, ablation.sesoi, ablation.higher_is_better)
    return said


def lack(baseline: str, values: list[float], metric: str, sesoi: float, higher_is_better: bool) -> list[str]:
    """A line, where such a metric is from 0 up to below the smallest effect that matters.

    Args:
        baseline: Name of the arm.
        values: What its runs that ended reached.
        metric: What they are judged by.
        sesoi: Smallest effect of interest.
        higher_is_better: Whether more of the metric is better.
    """
    if not values or not 0 <= mean(values) < sesoi:
        return []
    cannot = "lose" if higher_is_better else "gain"
    return [
        f"{baseline}: {metric} is {mean(values):.3g} and the smallest effect that matters {sesoi:g}, so that nothing "
        f"can {cannot} as much: “equivalent” says little here. Train it for longer, or make sesoi smaller"
    ]
