"""The trials to run next, round after round."""

import time
from collections import Counter
from collections.abc import Collection, Iterator

from rich.console import Console

from experiments.folder import ENDS, LEDGER, State
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.results.no_ops import find_no_ops, waiting
from experiments.results.race import wanted
from experiments.results.study import read_verdicts
from experiments.results.tuning import tuned
from experiments.run import attempts, ledger, runners
from experiments.run.launchers.launcher import Launcher
from experiments.run.limits import Limits
from experiments.run.matrix import free, train

LOOK = 2.0  # seconds between two looks at what others train


def train_rounds(
    planned: Plan, arms: Collection[str], launcher: Launcher, console: Console, limits: Limits, retries: int = 0
) -> list[Trial]:
    """Train what is due until nothing is or no more may start; what other processes train is waited for.

    A race has a round for each look; where arms are tuned, their settings are known after the first. All of that
    follows from the results, so that several processes at once come to the same.

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
    before, told = len(ledger.events(planned.folder / LEDGER)), False
    first_seen = _FirstSeen(planned, console)
    while not limits.reason:
        lost = {run for run, count in _tries(planned, before).items() if count > retries}
        todo = [trial for trial in due(planned, arms, lost) if (trial.arm, trial.seed) not in lost]
        if not todo:
            break
        if ours := free(todo, launcher):
            train(planned, ours, launcher, console, limits, first_seen.note)
            _note_no_ops(planned)
            told = False
        else:
            if not told:
                console.print(runners.waiting(todo), soft_wrap=True)
            told = True
            time.sleep(LOOK)
        planned = tuned(planned)
    tries = _tries(planned, before)
    return [trial for trial in planned.trials if tries[trial.arm, trial.seed] and not attempts.is_done(trial)]


class _FirstSeen:
    """Says once what is wrong with a baseline, by the first of its trials that is done."""

    def __init__(self, planned: Plan, console: Console) -> None:
        self.planned, self.console = planned, console
        self.waiting = {arm.name for arm in planned.baselines}

    def note(self, trial: Trial) -> None:
        """A trial is done."""
        if trial.arm in self.waiting:
            from experiments.results.sound import seen_first  # numpy, which `plan` does without

            self.waiting.remove(trial.arm)
            for line in seen_first(self.planned, trial):
                self.console.print(line, soft_wrap=True)


def _tries(planned: Plan, before: int) -> Counter[tuple[str, int]]:
    """How often each trial was trained to an end, whatever end and by whatever process, after so many events."""
    events = ledger.events(planned.folder / LEDGER)[before:]
    return Counter((each["arm"], each["seed"]) for each in events if each["event"] in (State.FAILED, *ENDS.values()))


def due(planned: Plan, arms: Collection[str], lost: Collection[tuple[str, int]] = ()) -> list[Trial]:
    """The trials of some arms that are needed as far as results go, and are not finished.

    Those of all seeds, or of a race's next look; of an arm that has shown no effect so far, the first seed alone; of
    one whose setting is not known yet, none.

    Args:
        planned: The ablation.
        arms: Names of the arms.
        lost: Arm and seed of the trials that a race no longer waits for, finished or not.
    """
    few = dict.fromkeys(waiting(planned), 1) | {arm.name: 0 for arm in planned.arms if arm.setting is None}
    for counts in _rounds(planned):
        needed = [trial for trial in within(planned, counts | few) if trial.arm in arms]
        missing = [trial for trial in needed if not attempts.is_done(trial)]
        if any((trial.arm, trial.seed) not in lost for trial in missing):
            break
    return missing


def _rounds(planned: Plan) -> Iterator[dict[str, int]]:
    """How many seeds each arm needs: all, or in a race so many up to each look in turn.

    A look is decided by all that was trained for it. What is known while others still train a part of that may tell of
    an arm to go on that would not, so that the next round waits for it.
    """
    looks = planned.ablation.looks
    if not looks:
        yield {arm.name: len(arm.seeds) for arm in planned.arms}
        return
    begin, counts = wanted(planned, []), wanted(planned, read_verdicts(planned)[1])
    for look in looks:
        yield {name: min(counts[name], max(least, least * look // looks[0])) for name, least in begin.items()}


def first(planned: Plan) -> list[Trial]:
    """The trials that are needed whatever comes out: all, or those of a race's first look."""
    return within(planned, wanted(planned, [])) if planned.ablation.looks else list(planned.trials)


def _note_no_ops(planned: Plan) -> None:
    """Say in the ledger, once, which arms end with their first trial since they do nothing."""
    for arm in find_no_ops(planned):
        ledger.note_new(planned.folder / LEDGER, next(iter(planned.by_seed[arm].values())), State.NO_OP)


def within(planned: Plan, counts: dict[str, int]) -> list[Trial]:
    """The trials of the first so many seeds of each arm."""
    seeds = {arm.name: arm.seeds[: counts[arm.name]] for arm in planned.arms}
    return [trial for trial in planned.trials if trial.seed in seeds[trial.arm]]
