"""Jobs in Slurm's queue: found again, looked at all at once, and told of."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from experiments.errors import COMPLAINT, UserError
from experiments.run.launchers import squeue, tickets
from experiments.run.launchers.job import Job
from experiments.run.launchers.launcher import FOUND, REQUEUED, Event

LOOKS = 3  # that a job must be missed: a shared folder may show its end later than the queue does
KILLED = -9


class Queued:
    """The jobs of one round.

    Args:
        jobs: Of the round; those that an earlier runner has queued, and that are there still, are known at once.
        folder: Where submitit's logs lie.

    Raises:
        UserError: If some may be there, and Slurm does not answer.
    """

    def __init__(self, jobs: Sequence[Job], folder: Path) -> None:
        self.jobs, self.folder = jobs, folder
        self.numbers = still_queued(jobs)  # index → number in the queue
        self.starts: dict[int, int] = {}  # index → its last start that was told
        self.missed: Counter[int] = Counter()
        self.withdrawn: set[str] = set()

    def found(self) -> Iterator[Event]:
        """Tell of those that run already."""
        for index, number in self.numbers.items():
            if progress := tickets.read_progress(self.jobs[index], number):
                self.starts[index] = progress.start
                yield index, FOUND

    def add(self, index: int, number: str) -> None:
        """A job was queued."""
        self.numbers[index] = number
        tickets.write_number(self.jobs[index], number)

    def look(self) -> Iterator[Event]:
        """Look at all of them, and tell what happened since."""
        there = squeue.numbers()
        for index, number in list(self.numbers.items()):
            progress = tickets.read_progress(self.jobs[index], number)
            if progress and progress.start != self.starts.get(index):
                yield index, REQUEUED if index in self.starts else None
                self.starts[index] = progress.start
            if progress and progress.code is not None:
                del self.numbers[index]
                yield index, progress.code
            elif there is not None and number not in there:
                self.missed[index] += 1
                if self.missed[index] >= LOOKS:
                    yield from self._lost(index)

    def withdraw(self) -> None:
        """Take those out of the queue that have not started."""
        self.withdrawn = set(self.numbers.values())
        if self.withdrawn:
            squeue.cancel_waiting(sorted(self.withdrawn))

    def leave(self) -> None:
        """Say which ones outlive the runner."""
        if self.numbers:
            names = " ".join(sorted(set(self.numbers.values())))
            said = f"{len(self.numbers)} jobs stay in Slurm's queue, and the same command finds them"
            print(f"{said}; to end them: scancel {names}", file=sys.stderr)

    def _lost(self, index: int) -> Iterator[Event]:
        """A job is in the queue no longer, and has no end."""
        job, number = self.jobs[index], self.numbers.pop(index)
        if index not in self.starts:
            if number in self.withdrawn:
                return
            yield index, None
        logs = self.folder / f"{number}_0_log.err"
        said = f"see {logs}" if logs.exists() else f"it left no log, as where its node does not see {self.folder}"
        job.note(f"{COMPLAINT}Slurm's job {number} was killed or could not start; {said}")
        yield index, KILLED


def still_queued(jobs: Sequence[Job]) -> dict[int, str]:
    """Index → number of those that an earlier runner has queued, and that are there still.

    Raises:
        UserError: If some may be there, and Slurm does not answer.
    """
    last = {index: number for index, job in enumerate(jobs) if (number := tickets.read_number(job))}
    there = squeue.numbers() if last else set()
    if there is None:
        raise UserError("squeue does not answer, and jobs may still run that an earlier run queued; try again later")
    return {index: number for index, number in last.items() if number in there}
