"""Slurm starts jobs: arrays of it, through submitit; they outlive the runner, and the next one finds them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from experiments.run.launchers import squeue, tickets
from experiments.run.launchers.batch import Batch
from experiments.run.launchers.devices import devices_for, nodes_for, wants_gpus
from experiments.run.launchers.job import Job
from experiments.run.launchers.launcher import Demand, Launcher, May, Run, always, check_count, following
from experiments.run.launchers.queued import Queued, still_queued
from experiments.run.launchers.submission import MOST, Submission, load_submitit


class Slurm(Launcher):
    """Runs jobs on a cluster that Slurm manages.

    A job that is preempted, or whose time is over, leaves a checkpoint and is queued again. A job that is killed is a
    failed one. However the runner ends, its jobs stay in the queue.

    Args:
        demand: What the trials need.
        partition: Slurm's; its default by default.
        account: Slurm's.
        constraint: Slurm's: features that a node must have.
        minutes: Time limit of a job; a trial that takes longer goes on in the next.
        memory_gb: Memory per node.
        cpus: CPUs per device; the threads of a trial by default. Workers of loaders want some too.
        gpus: Whether devices are GPUs; by default, where trials do not refuse them and a node has any.
        per_job: Trials in an allocation, one after another: short ones wait for one queue only.
        at_once: Trials of an allocation at a time; it has devices for them.
        jobs: Trials in the queue at a time.
        grace: Seconds before the time limit at which a trial is asked for its checkpoint.
        poll: Seconds between two looks at the queue.
        setup: Shell lines before each job, such as `module load cuda`.
        directives: More of sbatch's options by their long names, such as `{qos: high, exclude: n7}`.
    """

    def __init__(
        self,
        demand: Demand,
        partition: str | None = None,
        account: str | None = None,
        constraint: str | None = None,
        minutes: int = 60,
        memory_gb: int | None = None,
        cpus: int | None = None,
        gpus: bool | None = None,
        per_job: int = 1,
        at_once: int = 1,
        jobs: int | None = None,
        grace: int = 90,
        poll: float = 10,
        setup: Sequence[str] = (),
        directives: Mapping[str, Any] | None = None,
    ) -> None:
        optional = {"memory_gb": memory_gb, "cpus": cpus, "jobs": jobs}
        given = {name: value for name, value in optional.items() if value is not None}
        _refuse_numbers(poll, per_job, at_once, minutes=minutes, grace=grace, **given)
        _refuse_texts(partition, account, constraint, setup, directives)
        self.demand, self.per_job, self.at_once, self.poll = demand, per_job, at_once, poll
        self.minutes, self.memory_gb, self.wanted_gpus = minutes, memory_gb, gpus
        self.nodes, self.devices = nodes_for(demand.trainers), devices_for(demand.trainers, [])
        if self.nodes > 1 and at_once > 1:
            raise ValueError(f"Slurm: at_once must be 1 where a trial takes {self.nodes} nodes, got {at_once}")
        self.cpus = cpus or demand.threads
        self.named = {"partition": partition, "account": account, "constraint": constraint}
        self.directives = {**(directives or {})}
        self.jobs = min(jobs or MOST, demand.trials)
        folder, name = demand.folder.absolute() / "slurm", f"trickbench-{demand.folder.name}"
        self.submission = Submission(folder, name, minutes, grace, setup)
        self.queued: Queued | None = None  # of the round that is under way

    @cached_property
    def gpus(self) -> bool:
        """Whether devices are GPUs."""
        if self.wanted_gpus is not None:
            return self.wanted_gpus
        return wants_gpus(self.demand.trainers) and squeue.has_gpus(self.named["partition"])

    def flags(self, alone: bool = False) -> dict[str, Any]:
        """Options of sbatch for a job.

        Args:
            alone: Whether it takes one device, however many a trial does.
        """
        nodes, devices = (1, 1) if alone else (self.nodes, self.devices)
        tasks = devices if nodes > 1 else 1
        cpus = self.cpus * devices * self.at_once // tasks
        given: dict[str, Any] = {name: value for name, value in self.named.items() if value is not None}
        given |= {"nodes": nodes, "ntasks_per_node": tasks, "cpus_per_task": cpus}
        given |= {"gpus_per_node": devices * self.at_once} if self.gpus else {}
        given |= {"mem": f"{self.memory_gb}G"} if self.memory_gb else {}
        return {**given, "time": self.minutes, "requeue": True, **self.directives}

    def check(self) -> None:
        """Find submitit and Slurm, and let Slurm say whether it would take a trial.

        Raises:
            UserError: If not.
        """
        load_submitit()
        squeue.refuse_missing()
        squeue.refuse_silence()
        squeue.refuse_jobs(self.flags())

    def places(self, count: int) -> list[str]:
        """The array that would be submitted."""
        jobs = -(-min(count, self.jobs) // self.per_job)
        each = f"{self.per_job} trials a job, {self.at_once} at a time" if self.per_job > 1 else "a trial each"
        return [f"Slurm: {jobs} jobs in an array, {each}", f"sbatch {' '.join(squeue.words(self.flags()))}"]

    def run(self, jobs: Sequence[Job], tick: float = 0.5, may_start: Callable[[int], May] = always) -> Run:
        """Run all jobs; see `Launcher`."""
        self.queued = queued = Queued(jobs, self.submission.folder)
        waiting = deque(index for index in range(len(jobs)) if index not in queued.numbers)
        try:
            yield from queued.found()
            while waiting or queued.numbers:
                if indices := self._allowed(waiting, self.jobs - len(queued.numbers), may_start):
                    for index, number in self._submit([(index, jobs[index]) for index in indices]):
                        queued.add(index, number)
                yield from queued.look()
                yield from _pause(self.poll if queued.numbers else 0, tick)
        finally:
            queued.leave()

    def known(self, jobs: Sequence[Job]) -> Collection[int]:
        """Those whose jobs wait or run in the queue."""
        return still_queued(jobs)

    def withdraw(self) -> None:
        """Take back jobs that have not started."""
        if self.queued:
            self.queued.withdraw()

    def _allowed(self, waiting: deque[int], most: int, may_start: Callable[[int], May]) -> list[int]:
        allowed: list[int] = []
        while len(allowed) < most and (index := following(waiting, may_start)) is not None:
            allowed.append(index)
        return allowed

    def _submit(self, jobs: Sequence[tuple[int, Job]]) -> Iterator[tuple[int, str]]:
        """Queue jobs with their indices, and say under which numbers."""
        alone = jobs[0][1].alone
        ranks, demand = self.nodes > 1 and not alone, self.demand
        demand = replace(demand, trainers=[{"devices": 1}]) if alone else demand
        for _, job in jobs:
            tickets.forget(job)
        groups = [jobs[i : i + self.per_job] for i in range(0, len(jobs), self.per_job)]
        batches = [Batch([job for _, job in group], demand, self.at_once, ranks) for group in groups]
        for group, number in zip(groups, self.submission.submit(batches, self.flags(alone)), strict=True):
            yield from ((index, number) for index, _ in group)


def _refuse_numbers(poll: float, per_job: int, at_once: int, **others: int) -> None:
    for name, value in {"per_job": per_job, "at_once": at_once, **others}.items():
        check_count("Slurm", name, value)
    if at_once > per_job:
        raise ValueError(f"Slurm: at_once must be at most per_job, {per_job}, got {at_once}")
    if not isinstance(poll, int | float) or not 0 < poll <= 3600:
        raise ValueError(f"Slurm: poll must be a number of seconds up to 3600, got {poll!r}")


def _refuse_texts(partition: Any, account: Any, constraint: Any, setup: Any, directives: Any) -> None:
    for name, value in {"partition": partition, "account": account, "constraint": constraint}.items():
        if value is not None and not isinstance(value, str):
            raise ValueError(f"Slurm: {name} must be a name, got {value!r}")
    if isinstance(setup, str) or not all(isinstance(line, str) for line in setup):
        raise ValueError(f"Slurm: setup must be a list of shell lines, got {setup!r}")
    if not isinstance(directives or {}, Mapping):
        raise ValueError(f"Slurm: directives must be a mapping of sbatch's options, got {directives!r}")


def _pause(seconds: float, tick: float) -> Run:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        yield None
        time.sleep(min(tick, left))
