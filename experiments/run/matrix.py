"""The matrix: many trials, launched, watched and noted in the ledger."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from rich.console import Console

from experiments.folder import ENDS, LEDGER, LOG, State
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.run import attempts, ledger
from experiments.run.attempts import take
from experiments.run.launchers.job import Job
from experiments.run.launchers.launcher import Launcher
from experiments.run.limits import INTERRUPTED, Limits
from experiments.run.progress import Watch
from experiments.run.shared import link


def train(planned: Plan, todo: Sequence[Trial], launcher: Launcher, console: Console, limits: Limits) -> list[Trial]:
    """Train trials, keep the ledger and show how far they are.

    Returns:
        Those that failed.
    """
    todo = sorted(todo, key=lambda trial: attempts.is_locked(trial.folder))  # what others train comes last
    for moved in prepare(todo):
        console.print(moved, soft_wrap=True)
    jobs = [Job("experiments.run.attempts:attempt", (trial,), trial.folder / LOG) for trial in todo]
    failed, told = [], bool(limits.reason)
    before = sum(map(attempts.is_done, planned.trials))
    events = launcher.run(jobs, may_start=lambda index: limits.allow(todo[index]))
    with Watch(planned, todo, before, console) as watch, closing(events):
        for event in events:
            if event is None:
                watch.tick()
                if not told and (told := _tell(limits, watch, console)):
                    launcher.withdraw()
                continue
            index, happened = event
            what = ENDS.get(happened, State.FAILED) if isinstance(happened, int) else happened or ledger.LAUNCHED
            ledger.note(planned.folder / LEDGER, todo[index], what)
            watch.note(todo[index], what)
            failed += [todo[index]] if what == State.FAILED else []
    for trial in failed:
        line = f"failed: {trial.arm} seed {trial.seed}, see {trial.link / LOG}; the next run tries it again"
        console.print(line, soft_wrap=True)
    return failed


def prepare(todo: Sequence[Trial]) -> Iterator[str]:
    """Take the folders of trials, and link to them.

    Yields:
        What was moved out of the way.
    """
    for trial in todo:
        link(trial)
        if moved := take(trial):
            yield moved


def _tell(limits: Limits, watch: Watch, console: Console) -> bool:
    """Say once that Ctrl-C was heard."""
    if limits.reason == INTERRUPTED:
        which = f"{len(watch.running)} running trial{'s' * (len(watch.running) != 1)}"
        console.print(f"Ctrl-C: finishing {which}, starting no more; Ctrl-C again stops now", soft_wrap=True)
    return limits.reason == INTERRUPTED
