"""What runs on a node of Ray's: a job, as a child of the process that serves all of the runner's workers there."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments.errors import DEVICE
from experiments.run.launchers import ray_server
from experiments.run.launchers.job import Job
from experiments.run.launchers.parcel import moved, pack, times, unpack
from experiments.run.launchers.versions import difference, find_versions

REFUSED, STARTED, ENDED = "refused", "started", "ended"
Said = tuple[str, Any]  # REFUSED and why; STARTED; ENDED, exit code and changed files (None in a shared folder)


@dataclass(frozen=True)
class Home:
    """Where the runner is, and what it is.

    Args:
        folder: Its current folder.
        mark: A file that all nodes see; None where they share no folder with it.
        versions: Of its packages.
        name: That no other runner has.
        key: By which processes of its own know each other.
    """

    folder: Path
    mark: Path | None
    versions: dict[str, str] = field(default_factory=find_versions)
    name: str = field(default_factory=lambda: secrets.token_hex(8))
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def fault(self) -> str:
        """Why this node cannot run jobs; nothing if it can."""
        if wrong := difference(self.versions):
            return f"{wrong}; install the same on both"
        if self.mark and not (self.folder / self.mark).exists():
            folder = (self.folder / self.mark).parent
            return (
                f"this node does not see {folder}, where results go; --runs must be a folder that all nodes share, "
                "or say `shared: false`, and results come back through Ray"
            )
        return ""


@dataclass(frozen=True)
class Task:
    """A job and all that a node needs for it; without a job it is only asked whether the node could run any.

    Args:
        home: Of the runner.
        job: To run.
        devices: That it gets.
        threads: CPU threads per device.
        gpus: Whether devices are GPUs.
        sent: Its folder's files; None in a shared folder.
    """

    home: Home
    job: Job | None = None
    devices: int = 1
    threads: int = 1
    gpus: bool = False
    sent: bytes | None = None


def carried() -> Callable[[str, bytes], Iterator[Said]]:
    """The function that Ray carries over: by its code, since this package may be missing on a node."""

    def serve_there(hides: str, packed: bytes) -> Iterator[Said]:
        import pickle
        import sys

        # Ray lets the runner's current folder come first: one of the user's there might hide a package of ours.
        if "experiments" not in sys.modules and hides in sys.path:
            sys.path.remove(hides)
        try:
            from experiments.run.launchers.ray_task import serve
        except ImportError as error:
            yield "refused", f"trickbench cannot be imported on this node ({error}); install it there"
            return
        yield from serve(pickle.loads(packed))

    return serve_there


def serve(task: Task) -> Iterator[Said]:
    """Run a job here, and tell of its start and its end."""
    if fault := task.home.fault():
        yield REFUSED, fault
    elif task.job is None:
        yield STARTED, None
    elif task.sent is None:
        os.chdir(task.home.folder)
        yield STARTED, None
        yield ENDED, (_run(task, task.job), None)
    else:
        yield STARTED, None
        with tempfile.TemporaryDirectory(prefix="trickbench-") as folder:
            os.chdir(folder)
            yield ENDED, _run_here(task, task.job, task.sent)
            os.chdir("/")


def _run_here(task: Task, job: Job, sent: bytes) -> tuple[int, bytes]:
    """Run a job in the current folder, whatever its own was called."""
    there = job.log.parent
    here = Path(*(part for part in there.parts if part not in (there.anchor, "..")))
    unpack(sent, here)
    before = times(here)
    return _run(task, moved(job, there, here)), pack(here, before)


def _run(task: Task, job: Job) -> int:
    environment = {name: str(task.threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    environment["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "") if task.gpus else ""
    code = ray_server.run_here(task.home.name, task.home.key, job, environment)
    if code == DEVICE and task.gpus:  # its GPUs failed it: once more
        code = ray_server.run_here(task.home.name, task.home.key, job, environment)
    return code
