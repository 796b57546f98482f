"""What a command takes with all processes that it starts: by looking, since daemons and killed ones are nobody's."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICK = 0.25  # seconds between two looks; what a process does after its last one is not seen
PROC = Path("/proc")
Key = tuple[int, str]  # number of a process and when it began


@dataclass(frozen=True)
class Spent:
    """What was taken.

    Args:
        seconds: By the clock.
        cpu: Seconds of all processes.
        mib: Of memory, at most at a time; what processes share counts once.
    """

    seconds: float
    cpu: float
    mib: float


def watch(command: Sequence[str], environment: Mapping[str, str]) -> Spent:
    """Run a command to its end.

    Raises:
        CalledProcessError: If it fails.
    """
    began, cpu, most = time.perf_counter(), dict[Key, float](), 0.0
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        while process.poll() is None:
            there = _descendants(process.pid, cpu)
            cpu |= there
            most = max(most, sum(_mib(pid) for pid, _ in there))
            with suppress(subprocess.TimeoutExpired):
                process.wait(TICK)
        seconds, said = time.perf_counter() - began, process.stdout.read() if process.stdout else b""
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, said)
    return Spent(seconds, sum(cpu.values()), most)


def _descendants(root: int, known: Mapping[Key, float]) -> dict[Key, float]:
    """CPU seconds of a process, of what it started and that started, and of known ones that outlived their parents."""
    fields = {pid: found for path in PROC.glob("[0-9]*") if (found := _fields(pid := int(path.name)))}
    parents = {pid: int(found[1]) for pid, found in fields.items()}
    ours = {root} | {pid for pid, began in known if pid in fields and fields[pid][19] == began}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    tick = os.sysconf("SC_CLK_TCK")
    return {(pid, (f := fields[pid])[19]): (int(f[11]) + int(f[12])) / tick for pid in ours if pid in fields}


def _fields(pid: int) -> list[str]:
    """What /proc says of a process from its state on; see proc(5)."""
    try:
        return (PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _mib(pid: int) -> float:
    """Its share of memory: what it shares with others, divided by their number."""
    try:
        lines = (PROC / f"{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
