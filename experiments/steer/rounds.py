"""The trials to run next, round after round."""

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from rich.console import Console

from experiments.folder import LEDGER, State
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.results.no_ops import no_ops, waiting
from experiments.results.race import wanted
from experiments.results.study import read_verdicts
from experiments.results.tuning import tuned
from experiments.run import attempts, ledger
from experiments.run.launchers.launcher import Launcher
from experiments.run.limits import Limits
from experiments.run.matrix import train


def train_rounds(
    planned: Plan, arms: Collection[str], launcher: Launcher, console: Console, limits: Limits, retries: int = 0
) -> list[Trial]:
    """Train what is due until nothing is or no more may start.

    A race has a round for each look; where arms are tuned, their settings are known after the first.

    Args:
        planned: The ablation.
        arms: Names of the arms to train.
        launcher: Starts the trials.
        console: Where to show it.
        limits: Say when no more trials start.
        retries: How often a trial that failed is tried again.

    Returns:
        The trials that failed and have no result.
    """
    tries: Counter[Path] = Counter()
    failed: dict[Path, Trial] = {}
    todo = due(planned, arms)
    while todo and not limits.reason:
        failed |= {trial.folder: trial for trial in train(planned, todo, launcher, console, limits)}
        tries.update(trial.folder for trial in todo)
        _note_no_ops(planned)
        planned = tuned(planned)
        todo = [trial for trial in due(planned, arms) if tries[trial.folder] <= retries]
    return [trial for trial in failed.values() if not attempts.is_done(trial)]


def due(planned: Plan, arms: Collection[str]) -> list[Trial]:
    """The trials of some arms that are needed as far as results go, and are not finished.

    Those of all seeds, or of a race's next look; of an arm that has shown no effect so far, the first seed alone; of
    one whose setting is not known yet, none.
    """
    return [trial for trial in _needed(planned) if trial.arm in arms and not attempts.is_done(trial)]


def first(planned: Plan) -> list[Trial]:
    """The trials that are needed whatever comes out: all, or those of a race's first look."""
    return within(planned, wanted(planned, [])) if planned.ablation.looks else list(planned.trials)


def _needed(planned: Plan) -> Sequence[Trial]:
    counts = {arm.name: len(arm.seeds) for arm in planned.arms}
    if planned.ablation.looks:
        counts = wanted(planned, read_verdicts(planned)[1])
    counts |= dict.fromkeys(waiting(planned), 1) | {arm.name: 0 for arm in planned.arms if arm.setting is None}
    return within(planned, counts)


def _note_no_ops(planned: Plan) -> None:
    """Say in the ledger, once, which arms end with their first trial since they do nothing."""
    path = planned.folder / LEDGER
    noted = {event["arm"] for event in ledger.events(path) if event["event"] == State.NO_OP}
    for arm in no_ops(planned):
        if arm not in noted:
            ledger.note(path, next(iter(planned.by_seed[arm].values())), State.NO_OP)


def within(planned: Plan, counts: dict[str, int]) -> list[Trial]:
    """The trials of the first so many seeds of each arm."""
    seeds = {arm.name: arm.seeds[: counts[arm.name]] for arm in planned.arms}
    return [trial for trial in planned.trials if trial.seed in seeds[trial.arm]]
