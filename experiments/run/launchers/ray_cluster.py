"""A cluster of Ray's: joined or started, its nodes, and whether they can run an ablation's jobs."""

from __future__ import annotations

import os
import pickle
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from experiments.errors import UserError
from experiments.process import cpus
from experiments.run.launchers.ray_task import REFUSED, Home, Task, carried

QUIET = {  # for the processes that are started; what the user has set counts
    "RAY_AUTH_MODE": "disabled",  # else it writes a token into the home folder
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # says nothing of a coming change
}
ANSWER_SECONDS = 10  # of an address
PROBE_SECONDS = 120  # of a node, which may have to start Python


@dataclass(frozen=True)
class Node:
    """A machine of the cluster.

    Args:
        name: Its address.
        id: Ray's.
        resources: What it has: CPU, GPU …
    """

    name: str
    id: str
    resources: Mapping[str, float]

    def seats(self, need: Mapping[str, float]) -> int:
        """How many jobs fit on it at a time.

        Args:
            need: Resources of one.
        """
        return int(min(self.resources.get(name, 0) / amount for name, amount in need.items() if amount))


def load_ray() -> Any:
    """The package.

    Raises:
        UserError: If it is not installed.
    """
    try:
        os.environ.update({name: value for name, value in QUIET.items() if name not in os.environ})
        import ray
    except ImportError as error:
        raise UserError(f"Ray is not installed ({error}): pip install 'trickbench[ray]'") from error
    return ray


def connect(address: str | None) -> None:
    """Join a cluster, or start one of this machine alone, which ends with this process.

    Args:
        address: `host:port`; "auto" for the one that runs on this machine; None to start one.

    Raises:
        UserError: If none answers there, or its versions are others.
    """
    ray = load_ray()
    if connected():
        return
    quiet = {"log_to_driver": False, "configure_logging": False}
    local = {"address": "local", "include_dashboard": False, "num_cpus": cpus()}
    if address and address != "auto":
        _refuse_silent(address)
    try:
        ray.init(**quiet, **(local if address is None else {"address": address}))
    except Exception as error:  # it raises bare ones too, as where it is not up within 30 s
        said = " ".join(str(error).split())
        what = "Ray cannot be started here" if address is None else f"no Ray that can be joined at {address!r}"
        raise UserError(f"{what}: {said}") from error


def connected() -> bool:
    """Whether this process is part of a cluster already."""
    return bool(load_ray().is_initialized())


def nodes() -> list[Node]:
    """The nodes that are there now."""
    return [
        Node(node["NodeManagerAddress"], node["NodeID"], node["Resources"])
        for node in load_ray().nodes()
        if node["Alive"]
    ]


def refuse_small(found: list[Node], need: Mapping[str, float]) -> None:
    """Refuse trials that fit on no node.

    Raises:
        UserError: Says what one takes and what the nodes have.
    """
    if not any(node.seats(need) for node in found):
        takes = " and ".join(f"{amount:g} {name}s" for name, amount in need.items() if amount)
        have = ", ".join(
            f"{node.name}: {' and '.join(f'{node.resources.get(name, 0):g} {name}s' for name in need)}"
            for node in found
        )
        raise UserError(f"a trial takes {takes} of one node, and no node of Ray's has so many ({have or 'no node'})")


def refuse_unfit(found: list[Node], home: Home) -> None:
    """Ask each node whether it can run jobs.

    Raises:
        UserError: Names the first that cannot, and why.
    """
    ray = load_ray()
    asked = {_ask(node, home): node for node in found}
    ready, silent = ray.wait([*asked], num_returns=len(asked), timeout=PROBE_SECONDS)
    for answer in ready:
        try:
            what, said = ray.get(next(answer))
        except (ray.exceptions.TaskUnschedulableError, ray.exceptions.NodeDiedError):
            continue  # it was lost since it was listed: no job will run there
        except ray.exceptions.RayError as error:
            what, said = REFUSED, " ".join(str(error).split())
        if what == REFUSED:
            raise UserError(f"Ray's node {asked[answer].name}: {said}")
    if silent:
        raise UserError(f"Ray's node {asked[silent[0]].name} does not answer within {PROBE_SECONDS} s")


def _ask(node: Node, home: Home) -> Any:
    """A generator of what a node says, without taking any of its resources."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    there = NodeAffinitySchedulingStrategy(node.id, soft=False)
    return submit(Task(home), {"CPU": 0}, scheduling_strategy=there)


def submit(task: Task, need: Mapping[str, float], **options: Any) -> Any:
    """Hand a task to Ray.

    Args:
        task: What to run.
        need: Resources that are taken while it runs.
        options: More of Ray's.

    Returns:
        A generator of what it says. The worker is kept for the next one, on GPUs too: it does not touch them itself.
    """
    given = {"num_cpus": need.get("CPU", 0), "num_gpus": need.get("GPU", 0), **options}
    remote = load_ray().remote(num_returns="streaming", max_retries=0, max_calls=0, **given)(carried())
    return remote.remote(str(task.home.folder), pickle.dumps(task))


def _refuse_silent(address: str) -> None:
    """Knock first: Ray itself tries for a minute, and says a lot."""
    if not re.fullmatch(r"[^\s:/]+:\d{1,5}", address):
        raise UserError(f'Ray: address must be "auto" or host:port, such as 10.0.0.1:6379, got {address!r}')
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise UserError(f"no Ray answers at {address}: {error}") from error
