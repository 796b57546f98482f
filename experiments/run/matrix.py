"""The matrix: many trials, launched, watched and noted in the ledger."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from experiments import lease
from experiments.errors import COMPLAINT
from experiments.folder import ENDS, LEDGER, LOG, State
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.run import attempts, costs, ledger
from experiments.run.attempts import take
from experiments.run.launchers.job import Job
from experiments.run.launchers.launcher import FOUND, Launcher, May
from experiments.run.limits import INTERRUPTED, Limits
from experiments.run.progress import Watch
from experiments.run.shared import link


def train(
    planned: Plan,
    todo: Sequence[Trial],
    launcher: Launcher,
    console: Console,
    limits: Limits,
    done: Callable[[Trial], None],
) -> None:
    """Train trials, keep the ledger and show how far they are; those that other processes take meanwhile are theirs.

    Each that is done is told of to `done`.
    """
    for moved in prepare(planned, todo):
        console.print(moved, soft_wrap=True)
    watch = Watch(planned, todo, sum(map(attempts.is_done, planned.trials)), console)
    jobs, notes = jobs_of(todo), _Notes(planned.folder / LEDGER, todo, watch, limits, done)
    events, told = launcher.run(jobs, may_start=_asked(todo, limits, watch)), bool(limits.reason)
    with watch, closing(events):
        for event in events:
            if event is not None:
                notes.take(*event)
                continue
            watch.tick()
            if not told and (told := _tell(limits, watch, console)):
                launcher.withdraw()
    for index in notes.failed:
        console.print(_why_failed(todo[index], jobs[index]), soft_wrap=True)


@dataclass
class _Notes:
    """What a launcher tells of trials, noted for all who want to know."""

    file: Path
    todo: Sequence[Trial]
    watch: Watch
    limits: Limits
    done: Callable[[Trial], None]
    failed: list[int] = field(default_factory=list)
    followed: set[int] = field(default_factory=set)

    def take(self, index: int, happened: int | str | None) -> None:
        """Note an event of a trial."""
        trial, what = self.todo[index], _said(happened)
        note = ledger.note_new if index in self.followed else ledger.note  # another runner may have noted it
        note(self.file, trial, what)
        self.watch.note(trial, what)
        if what == FOUND:
            self.followed.add(index)
        elif what == State.FAILED:
            self.failed.append(index)
        elif what == State.DONE:
            self.done(trial)
        elif what == ledger.TAKEN:
            self.limits.take_back()


def free(todo: Sequence[Trial], launcher: Launcher) -> list[Trial]:
    """Those of some trials that no other process trains, and those that it does and that the launcher can follow."""
    known = launcher.known(jobs_of(todo))
    return [trial for i, trial in enumerate(todo) if i in known or not lease.owner(trial.folder)]


def jobs_of(trials: Sequence[Trial]) -> list[Job]:
    """What launchers run."""
    return [Job("experiments.run.attempts:attempt", (trial,), trial.folder / LOG) for trial in trials]


def _why_failed(trial: Trial, job: Job) -> str:
    last = job.last_line()
    said = last.removeprefix(COMPLAINT)
    why = f": {said}" if said != last else ""  # a traceback's is in the log
    return f"failed: {trial.arm} seed {trial.seed}{why}, see {trial.link / LOG}; the next run tries it again"


def _said(happened: int | str | None) -> str:
    """An event of a launcher's, as the ledger calls it."""
    if happened == lease.CODE:
        return ledger.TAKEN
    return ENDS.get(happened, State.FAILED) if isinstance(happened, int) else happened or ledger.LAUNCHED


def _asked(todo: Sequence[Trial], limits: Limits, watch: Watch) -> Callable[[int], May]:
    def may_start(index: int) -> May:
        trial = todo[index]
        if attempts.is_done(trial) or lease.owner(trial.folder):  # another process was quicker
            watch.leave()
            return May.PASS
        return May.START if limits.allow(trial) else May.STOP

    return may_start


def prepare(planned: Plan, todo: Sequence[Trial]) -> Iterator[str]:
    """Take the folders of trials, tell there what was measured of their arms, and link to them.

    Yields:
        What was moved out of the way.
    """
    searches = {name: bool(cost["missed"]) for name, cost in costs.known(planned).items() if "missed" in cost}
    for trial in todo:
        link(trial)
        if moved := take(trial, searches.get(trial.arm)):
            yield moved


def _tell(limits: Limits, watch: Watch, console: Console) -> bool:
    """Say once that Ctrl-C was heard."""
    if limits.reason == INTERRUPTED:
        which = f"{len(watch.running)} running trial{'s' * (len(watch.running) != 1)}"
        console.print(f"Ctrl-C: finishing {which}, starting no more; Ctrl-C again stops now", soft_wrap=True)
    return limits.reason == INTERRUPTED
