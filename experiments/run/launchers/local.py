"""Start jobs, several at a time, each in a process of its own."""

import multiprocessing
import os
import pkgutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from multiprocessing import connection
from multiprocessing.process import BaseProcess

from experiments.run.launchers.job import Job

# What the fork server imports once, so that each trial starts in a fraction of a second.
PRELOAD = ["experiments.trial.train", "experiments.trial.measure"]


class Local:
    """Runs jobs on this machine as children of a fork server that has imported torch and Lightning.

    A job that dies takes nothing with it, and if this process dies, however, its jobs end too.

    Args:
        jobs: Jobs at a time; as many as GPUs, or else as CPUs, allow by default.
        devices: Devices that one job needs.
        threads: CPU threads that each device of a job uses.
    """

    def __init__(self, jobs: int | None = None, devices: int = 1, threads: int = 1) -> None:
        gpus = visible_gpus()
        count = len(gpus) if gpus else len(os.sched_getaffinity(0)) // threads
        self.jobs = jobs or max(1, count // devices)
        self.environments = [_environment(gpus, slot, devices, threads) for slot in range(self.jobs)]
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(PRELOAD)

    def run(self, jobs: Sequence[Job], tick: float = 0.5) -> Iterator[tuple[int, int | None] | None]:
        """Run all jobs.

        Args:
            jobs: Started in this order.
            tick: Seconds between two looks.

        Yields:
            (index, None) when a job starts, (index, exit code) when it ends, None at every tick.
        """
        waiting = list(enumerate(jobs))
        running: dict[int, tuple[int, BaseProcess]] = {}
        try:
            while waiting or running:
                while waiting and len(running) < len(self.environments):
                    slot = next(s for s in range(len(self.environments)) if s not in running)
                    index, job = waiting.pop(0)
                    running[slot] = (index, self._start(job, self.environments[slot]))
                    yield index, None
                connection.wait([process.sentinel for _, process in running.values()], timeout=tick)
                for slot, (index, process) in list(running.items()):
                    if process.exitcode is not None:
                        del running[slot]
                        yield index, process.exitcode
                yield None
        finally:
            for _, process in running.values():
                process.kill()

    def _start(self, job: Job, environment: dict[str, str]) -> BaseProcess:
        process = self.context.Process(target=_child, args=(job, environment))
        # The server inherits the environment of its start: its libraries size their thread pools by it.
        os.environ |= {name: value for name, value in environment.items() if name.endswith("_NUM_THREADS")}
        process.start()
        return process


def visible_gpus() -> list[str]:
    """The GPUs that CUDA_VISIBLE_DEVICES allows, or all that nvidia-smi lists; found without torch."""
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is not None:
        return [gpu for gpu in allowed.split(",") if gpu not in ("", "-1")]
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return [str(i) for i, line in enumerate(listed.splitlines()) if line.startswith("GPU")]


def _environment(gpus: list[str], slot: int, devices: int, threads: int) -> dict[str, str]:
    environment = {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    if gpus:
        mine = [gpus[(slot * devices + i) % len(gpus)] for i in range(devices)]
        environment["CUDA_VISIBLE_DEVICES"] = ",".join(mine)
    return environment


def _child(job: Job, environment: dict[str, str]) -> None:
    os.environ |= environment
    job.log.parent.mkdir(parents=True, exist_ok=True)
    with job.log.open("a") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    print(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')} process {os.getpid()}", flush=True)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.exit(pkgutil.resolve_name(job.call)(*job.args))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
