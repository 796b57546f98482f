"""Ray starts jobs: tasks on the GPUs or CPUs of a cluster; they end with the runner."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from experiments import lease
from experiments.errors import UserError
from experiments.run.launchers import ray_cluster
from experiments.run.launchers.devices import devices_for, nodes_for, wants_gpus
from experiments.run.launchers.job import Job
from experiments.run.launchers.launcher import Demand, Launcher, May, Run, always, check_count, following
from experiments.run.launchers.parcel import pack
from experiments.run.launchers.ray_flight import Flight, heard
from experiments.run.launchers.ray_task import Home, Task


class Ray(Launcher):
    """Runs jobs on a cluster that Ray manages, or on a Ray that is started on this machine.

    A job whose worker or node is lost starts again, from its last checkpoint in a shared folder; one that fails or
    diverges does not. However the runner ends, its jobs end too.

    Args:
        demand: What the trials need.
        address: `host:port` of a cluster, "auto" for the one that this machine belongs to; by default one is started.
        per_device: Trials that share a GPU.
        gpus: Whether devices are GPUs; by default, where trials do not refuse them and a node has any.
        shared: Whether all nodes see the folder of results. If not, each trial's folder comes back through Ray when it
            ends; what it needs besides its configs, data and code of one's own, must be on the nodes.
        retries: How often a job is started again whose worker or node was lost.
        jobs: Jobs at a time; as many as the cluster's devices and threads allow by default. More of them wait with
            Ray, which makes a cluster grow that can.
    """

    joins = True

    def __init__(
        self,
        demand: Demand,
        address: str | None = None,
        per_device: int = 1,
        gpus: bool | None = None,
        shared: bool = True,
        retries: int = 3,
        jobs: int | None = None,
    ) -> None:
        for name, value in {"per_device": per_device, "jobs": 1 if jobs is None else jobs}.items():
            check_count("Ray", name, value)
        check_count("Ray", "retries", retries, least=0)
        _refuse_others(address, gpus=gpus, shared=shared)
        if (count := nodes_for(demand.trainers)) > 1:
            raise UserError(f"trainer.num_nodes must be 1, since Ray gives a trial devices of one node, got {count}")
        self.demand, self.address, self.shared, self.retries = demand, address, shared, retries
        self.devices, self.per_device, self.gpus = devices_for(demand.trainers, []), per_device, bool(gpus)
        if self.devices > 1 and per_device > 1:
            raise ValueError(f"Ray: per_device must be 1 where a trial takes {self.devices} devices, got {per_device}")
        self.wanted_gpus, self.wanted = gpus, jobs
        self.jobs = min(jobs or 1, demand.trials)
        self.home = Home(Path.cwd(), demand.folder / f".seen-{uuid.uuid4().hex[:8]}" if shared else None)
        self.flights: list[Flight] = []

    def need(self, alone: bool = False) -> dict[str, float]:
        """What Ray sets aside for a job.

        Args:
            alone: Whether it takes one whole device, however many a trial does.
        """
        devices = 1 if alone else self.devices
        taken: dict[str, float] = {"CPU": self.demand.threads * devices}
        return taken | ({"GPU": 1 if alone else devices / self.per_device} if self.gpus else {})

    def check(self) -> None:
        """Join or start Ray, and ask each of its nodes whether it can run trials.

        Raises:
            UserError: If there is none, or no node has the devices, or one cannot run trials.
        """
        ray_cluster.connect(self.address)
        found = ray_cluster.nodes()
        if self.wanted_gpus is None:
            self.gpus = wants_gpus(self.demand.trainers) and any(node.resources.get("GPU") for node in found)
        self.per_gpu = self.per_device if self.gpus else 1
        ray_cluster.refuse_small(found, self.need())
        fit = [node for node in found if node.seats(self.need())]
        with self._marked():
            ray_cluster.refuse_unfit(fit, self.home)
        seats = sum(node.seats(self.need()) for node in fit)
        self.jobs = min(self.wanted or seats, self.demand.trials)

    def places(self, count: int) -> list[str]:
        """The cluster, and what is set aside of it for a trial."""
        known = {None: "a Ray that is started on this machine", "auto": "the cluster that this machine belongs to"}
        where = known.get(self.address, f"the cluster at {self.address}")
        each = ", ".join(f"{amount:g} {name}{'s' * (amount > 1)}" for name, amount in self.need().items())
        back = "" if self.shared else "; results come back through Ray"
        return [f"Ray: on {where}, {min(self.jobs, count)} at a time, {each} each{back}"]

    @property
    def sharing(self) -> str:
        """Says that jobs share devices; empty if each has its own."""
        if not self.gpus or self.per_device == 1:
            return ""
        return f"{self.per_device} at a time share a GPU: their times and memory are not those of a trial alone"

    def run(self, jobs: Sequence[Job], tick: float = 0.5, may_start: Callable[[int], May] = always) -> Run:
        """Run all jobs; see `Launcher`."""
        waiting, flights = deque(range(len(jobs))), self.flights
        try:
            with self._marked():
                while waiting or flights:
                    while len(flights) < self.jobs and (index := following(waiting, may_start)) is not None:
                        try:
                            flights.append(self._launch(index, jobs[index]))
                        except lease.Taken:
                            yield from ((index, None), (index, lease.CODE))
                    for flight in heard(flights, tick):
                        yield from flight.listen()
                    flights[:] = [flight for flight in flights if not flight.over]
                    yield None
        finally:
            for flight in flights:
                flight.cancel(force=True)
                flight.holding.close()
            flights.clear()

    def withdraw(self) -> None:
        """Take back jobs that have not started."""
        for flight in self.flights:
            if not flight.running:
                flight.cancel()

    def _launch(self, index: int, job: Job) -> Flight:
        devices = 1 if job.alone else self.devices
        holding, sent = ExitStack(), None
        if not self.shared:  # its node sees no other process's lease
            if not lease.is_own(job.log.parent):
                holding.enter_context(lease.held(job.log.parent))
            sent = pack(job.log.parent)
        task = Task(self.home, job, devices, self.demand.threads, self.gpus, sent)
        return Flight(index, job, task, self.need(job.alone), self.retries, holding)

    @contextmanager
    def _marked(self) -> Iterator[None]:
        """A file in the folder of results by which nodes know that they see it."""
        if not self.home.mark:
            yield
            return
        self.home.mark.parent.mkdir(parents=True, exist_ok=True)
        self.home.mark.touch()
        try:
            yield
        finally:
            self.home.mark.unlink(missing_ok=True)


def _refuse_others(address: Any, **flags: Any) -> None:
    if not isinstance(address, str | None):
        raise ValueError(f'Ray: address must be "auto" or host:port, got {address!r}')
    for name, value in flags.items():
        if not isinstance(value, bool | None):
            raise ValueError(f"Ray: {name} must be true or false, got {value!r}")
