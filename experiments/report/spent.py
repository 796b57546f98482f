"""What trainings spent: under a budget how long each arm's were, else which gains took more time."""

from __future__ import annotations

from statistics import median

from experiments.report import numbers
from experiments.report.costs import timed
from experiments.results.effects import list_effects
from experiments.results.study import Study

COSTLY = 1.05  # times the baseline's time per step: from there on a gain is named with its price


def lines(study: Study) -> list[str]:
    """A sentence on the budget, or on the tricks that help and are dear."""
    budget = study.plan.ablation.budget
    if budget is None:
        return _dear(study)
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
        times = timed(study, "seconds_per_step", priced).ratio if priced else None
        trained = _trained(study, priced.against) if priced else None
        if times and times > COSTLY and trained:
            dear.setdefault(f"{trained:.3g}", []).append(f"{effect.name} ({numbers.ratio(times)})")
    return [_asked(found, trained) for trained, found in dear.items()]


def _asked(found: list[str], trained: str) -> str:
    helps, whether = ("help", "whether they do") if len(found) > 1 else ("helps", "whether it does")
    asking = f"an ablation with `budget: {{seconds: {trained}}}` would say {whether} at equal time"
    return f"At equal epochs {', '.join(found)} {helps}, at that multiple of a step's time; {asking}."
