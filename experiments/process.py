"""Which process of which machine holds something, and whether it is known to have ended; how many CPUs it may use."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

ENDED = ("Z", "X")  # states of a process that has ended, though its parent has not asked for it yet


@dataclass(frozen=True)
class Process:
    """A process among those of several machines.

    Args:
        host: Name of its machine.
        machine: Tells apart machines of one name, what one was before it was started again, and containers.
        pid: Its number there.
        began: When it began, in its machine's own count; 0 where that cannot be known.
        job: Its job in Slurm; empty if it has none.
        start: How often that job was queued again before.
    """

    host: str
    machine: str
    pid: int
    began: int
    job: str = ""
    start: int = 0

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"

    @property
    def is_here(self) -> bool:
        """Whether it is, or was, one of this machine's, where it can be looked for."""
        return self.machine == _machine()

    @property
    def has_ended(self) -> bool:
        """Whether it is known to have ended; of another machine's that is so where its job in Slurm began anew."""
        if self.job and self.job == _job() and self.start < _start():
            return True
        began = _began(self.pid) if self.is_here else 0
        return began is None or (began != self.began and 0 not in (began, self.began))


def cpus() -> int:
    """How many CPUs this process may use; all of the machine's where the system does not say, as macOS."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def this() -> Process:
    """The present process."""
    pid = os.getpid()
    return Process(platform.node(), _machine(), pid, _began(pid) or 0, _job(), _start())


def _machine() -> str:
    return f"{platform.node()} {_said('/proc/sys/kernel/random/boot_id')} {_pids()}"


def _pids() -> str:
    """Those of a container are numbers of its own."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _began(pid: int) -> int | None:
    """When a process of this machine began; None if there is none, 0 if that cannot be known."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except (PermissionError, OverflowError):
        pass  # another user's
    state, *others = _said(f"/proc/{pid}/stat").rpartition(")")[2].split() or [""]
    return None if state in ENDED else int(others[18]) if others else 0


def _job() -> str:
    return os.environ.get("SLURM_JOB_ID", "")


def _start() -> int:
    count = os.environ.get("SLURM_RESTART_COUNT", "")
    return int(count) if count.isdecimal() else 0


def _said(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
