"""Start jobs, several at a time, each in a process of its own."""

import contextlib
import multiprocessing
import os
import signal
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import connection, forkserver, resource_tracker
from multiprocessing.process import BaseProcess

from experiments import pause
from experiments.errors import DEVICE, UserError
from experiments.process import cpus
from experiments.run.launchers import child
from experiments.run.launchers.devices import devices_for, gpus_for, nodes_for, refuse_few_cpus
from experiments.run.launchers.handout import Handout
from experiments.run.launchers.job import Job
from experiments.run.launchers.launcher import REQUEUED, Demand, Event, Launcher, May, Run, always, check_count

# What the fork server imports once, so that each trial starts in a fraction of a second.
PRELOAD = ["experiments.trial.train", "experiments.trial.costs.measure"]
SERVERS = 3  # that may die at the start of one job
UNKNOWN = 255  # exit code of a child of which the fork server says no more
Waiting = deque[tuple[int, list[str]]]  # index of a job, and the GPUs that failed it

CLEANED = (
    "a file of the process that starts trials is gone from {}: keep that folder from being cleaned while trials run,"
    " and run this again; they go on from their checkpoints"
)


class Local(Launcher):
    """Runs jobs on this machine as children of a fork server that has imported torch and Lightning.

    A job that dies takes nothing with it; however this process dies, its jobs end too. A GPU that fails a job twice (an
    error of CUDA's, no memory left) gets no more, and the job goes on elsewhere.

    Args:
        demand: What the trials need.
        jobs: Jobs at a time; as many as GPUs, or else as CPUs, allow by default. With more of them, GPUs are shared.
        per_device: Jobs that share a GPU.
    """

    def __init__(self, demand: Demand, jobs: int | None = None, per_device: int = 1) -> None:
        for name, value in {"jobs": 1 if jobs is None else jobs, "per_device": per_device}.items():
            check_count("Local", name, value)
        if (nodes := nodes_for(demand.trainers)) > 1:
            raise UserError(f"trainer.num_nodes must be 1, since trials run on this machine, got {nodes}")
        self.demand = demand
        self.threads, self.gpus = demand.threads, gpus_for(demand.trainers)
        self.devices = devices_for(demand.trainers, self.gpus)
        if not self.gpus:
            refuse_few_cpus(self.devices)
        seats = self._seats() * (per_device if self.gpus else 1)
        self.jobs = min(jobs, demand.trials) if jobs else max(1, seats // self.devices)
        share = -(-self.jobs * self.devices // (len(self.gpus) or 1))
        self.per_gpu = -(-min(self.jobs, demand.trials) * self.devices // len(self.gpus)) if self.gpus else 1
        self.handout = Handout(self.gpus, max(per_device, share))
        self.ours = {signal.SIGINT}  # signals that are for this process alone, though its children get them too
        self.running: dict[int, tuple[BaseProcess, list[str]]] = {}  # index → process and its GPUs
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(PRELOAD)

    def places(self, count: int) -> list[str]:
        """This machine, and what is handed out of it."""
        here = f"GPU{'s' * (len(self.gpus) > 1)} {', '.join(self.gpus)}" if self.gpus else "CPUs"
        each = f"{self.devices} device{'s' * (self.devices > 1)}, {self.threads} thread{'s' * (self.threads > 1)} each"
        return [f"Local: on this machine's {here}, {min(self.jobs, count)} at a time, {each}"]

    def run(self, jobs: Sequence[Job], tick: float = 0.5, may_start: Callable[[int], May] = always) -> Run:
        """Run all jobs; see `Launcher`."""
        waiting: Waiting = deque((index, []) for index in range(len(jobs)))
        self.handout.faults.clear()
        try:
            while waiting or self.running:
                yield from self._fill(jobs, waiting, may_start)
                connection.wait([process.sentinel for process, _ in self.running.values()], timeout=tick)
                yield from self._ended(waiting)
                yield None
        finally:
            for process, gpus in self.running.values():
                process.kill()
                self.handout.give_back(gpus)
            self.running.clear()

    def _fill(self, jobs: Sequence[Job], waiting: Waiting, may_start: Callable[[int], May]) -> Iterator[Event]:
        """Start as many as fit."""
        while waiting and len(self.running) < self.jobs:
            index, before = waiting[0]
            alone = jobs[index].alone
            gpus = self.handout.take(1 if alone else self.devices, first=before, alone=alone)
            if self.gpus and not gpus:
                return  # some are left out, or a job is to be measured alone
            said = May.START if before else may_start(index)
            if said is May.START:
                waiting.popleft()
            else:
                self.handout.give_back(gpus)
                waiting.clear() if said is May.STOP else waiting.popleft()
                continue
            self.running[index] = (self._start(jobs[index], self._environment(gpus)), gpus)
            yield index, REQUEUED if before else None

    def _ended(self, waiting: Waiting) -> Iterator[Event]:
        """Tell of those that have ended; one that its GPUs failed waits again, as the first."""
        for index, (process, gpus) in list(self.running.items()):
            if process.exitcode is None:
                continue
            del self.running[index]
            self.handout.give_back(gpus)
            if process.exitcode == UNKNOWN:  # if its server has died, it may live on
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid or 0, signal.SIGKILL)
            if process.exitcode == DEVICE and gpus and self.handout.forgives(index, gpus):
                waiting.appendleft((index, gpus))
            else:
                yield index, process.exitcode

    def pause(self) -> None:
        """Ask running jobs for a checkpoint, and wait until they have ended."""
        for process, _ in self.running.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid or 0, pause.SIGNAL)
        for process, _ in self.running.values():
            process.join()

    @property
    def sharing(self) -> str:
        """Says that jobs share devices, and which; empty if each has its own."""
        if self.jobs * self.devices <= self._seats():
            return ""
        count = len(self.gpus) or cpus()
        there = f"{count} {'GPU' if self.gpus else 'CPU'}{'s' * (count > 1)}"
        return f"{self.jobs} at a time share {there}: their times and memory are not those of a trial alone"

    def _seats(self) -> int:
        """Devices that may be used at a time without sharing."""
        return len(self.gpus) or max(1, cpus() // self.threads)

    def _environment(self, gpus: Sequence[str]) -> dict[str, str]:
        environment = {name: str(self.threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
        return environment | ({"CUDA_VISIBLE_DEVICES": ",".join(gpus)} if gpus else {})

    def _start(self, job: Job, environment: dict[str, str]) -> BaseProcess:
        # The server inherits the environment of its start: its libraries size their thread pools by it.
        os.environ |= {name: value for name, value in environment.items() if name.endswith("_NUM_THREADS")}
        # Nor does it look into the current folder, where one of the user's might hide a package of ours.
        before = os.environ.get("PYTHONSAFEPATH")
        os.environ["PYTHONSAFEPATH"] = "1"
        process = self._served(job, environment)
        os.environ.pop("PYTHONSAFEPATH") if before is None else os.environ.update(PYTHONSAFEPATH=before)
        return process

    def _served(self, job: Job, environment: dict[str, str]) -> BaseProcess:
        """A child of the fork server; one that dies at it is followed by another."""
        for _ in range(SERVERS):
            process = self.context.Process(target=child.run, args=(job, environment))
            _serve_without(self.ours)
            try:
                process.start()
            except FileNotFoundError as error:
                raise UserError(CLEANED.format(tempfile.gettempdir())) from error
            except (EOFError, ConnectionError):
                continue
            return process
        raise UserError(f"the process that starts trials was killed {SERVERS} times: has this machine memory enough?")


def _serve_without(ours: set[signal.Signals]) -> None:
    """Start the fork server, if it is not there, with signals blocked that are meant for us, in its children too."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {pause.SIGNAL})
    resource_tracker.ensure_running()  # it would unblock Ctrl-C
    signal.pthread_sigmask(signal.SIG_BLOCK, ours)
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
