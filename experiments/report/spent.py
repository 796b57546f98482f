"""What trainings spent: under a budget how long each arm's were, else which gains took more time."""

from __future__ import annotations

from statistics import median

from experiments.report import numbers
from experiments.report.costs import Cost, timed
from experiments.results.effects import list_effects
from experiments.results.study import Study

COSTLY = 1.05  # times the baseline's time per step: from there on a gain is named with its price
UNSTEADY = 1.5  # times an arm's fastest trial: from there on a step's time tells more of the machine than of the arm


def lines(study: Study) -> list[str]:
    """A sentence on the budget, or on the tricks that help and are dear, and how far to trust that."""
    budget = study.plan.ablation.budget
    if budget is None:
        dear = _dear(study)
        return [*dear, *_unsteady(study)] if dear else []
    arms = [arm for arm in study.plan.settled if study.finished[arm.name] and arm.steps]
    told = [f"{arm.name} {arm.steps:,} steps, {numbers.seconds(_trained(study, arm.name))}" for arm in arms]
    return [f"Every run spent {budget}; steps and median time of training, loading included: {'; '.join(told)}."]


def _trained(study: Study, arm: str) -> float | None:
    """Median seconds that the trials of an arm that ended have trained; None if none tells."""
    found = [row["train_seconds"] for row in study.finished[arm].values() if row.get("train_seconds") is not None]
    return median(found) if found else None


def _dear(study: Study) -> list[str]:
    helping = {verdict.arm for verdict in study.verdicts if verdict.verdict.startswith("helps") and not verdict.placebo}
    dear: dict[str, list[str]] = {}  # time of the baseline's trainings → what helps for more
    for effect in list_effects(study.plan):
        priced = effect.priced if effect.name in helping else None
        times = timed(study, "seconds_per_step", priced) if priced else Cost()
        trained = _trained(study, priced.against) if priced else None
        if times.ratio and times.ratio > COSTLY and trained:
            dear.setdefault(f"{trained:.3g}", []).append(f"{effect.name} ({_multiple(times)})")
    return [_asked(found, trained) for trained, found in dear.items()]


def _multiple(times: Cost) -> str:
    """The ratio, or its range over the seeds where that is wide."""
    low, high = times.low or 0.0, times.high or 0.0
    if high > UNSTEADY * low:
        return f"{numbers.ratio(low)} to {numbers.ratio(high)}"
    return numbers.ratio(times.ratio)


def _unsteady(study: Study) -> list[str]:
    """That trials of one arm differ in the time of a step, as on a GPU that others use too."""
    spans = {arm: (min(took), max(took)) for arm, took in _steps(study).items()}
    arm = max(spans, key=lambda name: spans[name][1] / spans[name][0], default="")
    low, high = spans.get(arm, (1.0, 1.0))
    if high <= UNSTEADY * low:
        return []
    took = f"Trials of {arm} took {low:.2g} to {high:.2g} s a step: they ran on machines that differ, or are shared"
    return [f"{took}. Multiples of a step's time are rough here."]


def _steps(study: Study) -> dict[str, list[float]]:
    """Arm → seconds a step of each trial that ended."""
    took = {arm: [row.get("seconds_per_step") for row in rows.values()] for arm, rows in study.finished.items()}
    return {arm: known for arm, times in took.items() if (known := [each for each in times if each])}


def _asked(found: list[str], trained: str) -> str:
    helps, whether = ("help", "whether they do") if len(found) > 1 else ("helps", "whether it does")
    asking = f"an ablation with `budget: {{seconds: {trained}}}` would say {whether} at equal time"
    return f"At equal epochs {', '.join(found)} {helps}, at that multiple of a step's time; {asking}."
