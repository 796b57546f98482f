"""What launchers are given to run in their tests: too small to need torch."""

import os
import re
import signal
import time
from pathlib import Path

from experiments import pause


def start(starts: Path) -> int:
    """Note a start; how many there were before."""
    starts.parent.mkdir(parents=True, exist_ok=True)
    with starts.open("a") as file:
        file.write(f"{os.getpid()}\n")
    return len(starts.read_text().splitlines()) - 1


def ends(starts: Path, code: int) -> int:
    """End with a code."""
    start(starts)
    return code


def dies(starts: Path) -> int:
    """Die by SIGKILL."""
    start(starts)
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def waits(starts: Path, times: int) -> int:
    """Go on for ever, until it has been started so many times before."""
    if start(starts) < times:
        time.sleep(600)
    return 0


def waits_until_asked(starts: Path) -> int:
    """Go on until it is asked to stop, and end when it is started again."""
    if start(starts):
        return 0
    while not pause.is_asked():
        time.sleep(0.05)
    return pause.CODE


def pids(starts: Path) -> list[int]:
    """The processes that have started."""
    return [int(line) for line in starts.read_text().splitlines()] if starts.exists() else []


def parent(pid: int) -> int:
    """Of a process."""
    return int(re.search(r"PPid:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1))  # type: ignore[union-attr]


def runs(pid: int) -> bool:
    """Whether a process is there still, and no zombie."""
    try:
        return not re.search(r"State:\s+Z", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return False
