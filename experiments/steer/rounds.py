"""The trials to run next."""

from collections.abc import Sequence

from experiments.plan.arms import Plan, Trial
from experiments.results.race import wanted
from experiments.results.study import read_study
from experiments.run import attempts


def due(planned: Plan) -> list[Trial]:
    """The trials that are needed as far as results go, and are not finished: all, or those of a race's next look."""
    return [trial for trial in _needed(planned) if not attempts.is_done(trial)]


def first(planned: Plan) -> list[Trial]:
    """The trials that are needed whatever comes out: all, or those of a race's first look."""
    return within(planned, wanted(planned, [])) if planned.ablation.looks else list(planned.trials)


def _needed(planned: Plan) -> Sequence[Trial]:
    if not planned.ablation.looks:
        return planned.trials
    return within(planned, wanted(planned, read_study(planned).verdicts))


def within(planned: Plan, counts: dict[str, int]) -> list[Trial]:
    """The trials of the first so many seeds of each arm."""
    seeds = {arm.name: arm.seeds[: counts[arm.name]] for arm in planned.arms}
    return [trial for trial in planned.trials if trial.seed in seeds[trial.arm]]
