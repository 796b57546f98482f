"""Jobs of one allocation of Slurm's: run there, recorded for the runner, and handed on when the time is over."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from experiments import pause
from experiments.errors import COMPLAINT
from experiments.run.launchers.job import Job
from experiments.run.launchers.launcher import REQUEUED, Demand
from experiments.run.launchers.local import Local
from experiments.run.launchers.tickets import Progress, read_progress, write_progress
from experiments.run.launchers.versions import difference, find_versions

RANKS_DEMAND = [{"accelerator": "cpu"}]  # nothing is handed out: each rank keeps what Slurm gave it


@dataclass
class Batch:
    """Runs jobs one after another, or some at a time, within an allocation; submitit calls it there.

    Args:
        jobs: To run.
        demand: Of each.
        at_once: Jobs at a time.
        ranks: Whether each is run by all of the allocation's tasks together.
        versions: Of the runner.
    """

    jobs: list[Job]
    demand: Demand
    at_once: int = 1
    ranks: bool = False
    versions: dict[str, str] = field(default_factory=find_versions)
    local: Local | None = field(default=None, init=False, repr=False)  # while it runs

    def __call__(self) -> None:
        """Run what has not ended yet.

        Raises:
            SystemExit: If the allocation is taken away.
        """
        number, start, rank = _place(os.environ)
        left = [job for job in self.jobs if not _has_ended(job, number)]
        if wrong := difference(self.versions):
            _refuse(left, Progress(number, start, 2), wrong)
            return
        if not self.ranks:
            os.environ["SLURM_JOB_NAME"] = "interactive"  # Lightning starts the ranks of one node itself
        demand = Demand(RANKS_DEMAND, self.demand.threads) if self.ranks else self.demand
        self.local = Local(demand, jobs=self.at_once)
        if len(left) == 1:
            self.local.context.set_forkserver_preload([])  # of use to the second
        self.local.ours.add(signal.SIGTERM)  # Slurm sends it to all, and without their server jobs would end at once
        signal.signal(signal.SIGTERM, self._end)
        for event in self.local.run([_of_rank(job, rank) for job in left]):
            if event and not rank and event[1] not in (pause.CODE, REQUEUED):
                write_progress(left[event[0]], Progress(number, start, event[1]))  # type: ignore[arg-type]

    def checkpoint(self) -> Any:
        """Let running jobs write checkpoints, and hand on what is left; called when Slurm says that time is over."""
        from submitit.helpers import DelayedSubmission

        if self.local:
            self.local.pause()
        return DelayedSubmission(replace(self))

    def _end(self, *_: Any) -> None:
        """Let running jobs write checkpoints: Slurm takes the allocation away, and may queue it again by itself."""
        if self.local:
            self.local.pause()
        sys.exit(1)


def _refuse(jobs: list[Job], progress: Progress, why: str) -> None:
    for job in jobs:
        job.note(f"{COMPLAINT}{why}; install the same on both")
        write_progress(job, progress)


def _place(environment: Mapping[str, str]) -> tuple[str, int, int]:
    """Number of this job in the queue, how often it was queued again, and rank of this process."""
    array, task = environment.get("SLURM_ARRAY_JOB_ID"), environment.get("SLURM_ARRAY_TASK_ID")
    number = f"{array}_{task}" if array else environment["SLURM_JOB_ID"]
    return number, int(environment.get("SLURM_RESTART_COUNT", 0)), int(environment.get("SLURM_PROCID", 0))


def _has_ended(job: Job, number: str) -> bool:
    progress = read_progress(job, number)
    return progress is not None and progress.code is not None


def _of_rank(job: Job, rank: int) -> Job:
    """The part of a rank other than the first: it follows."""
    if not rank:
        return job
    return replace(job, call=f"{job.call}_as_rank", log=job.log.with_stem(f"{job.log.stem}-rank-{rank}"))
