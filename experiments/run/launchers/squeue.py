"""Slurm's commands: one call for all jobs, whatever is asked."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from typing import Any

from experiments.declare.configs import nearest
from experiments.errors import UserError

COMMANDS = ("sbatch", "squeue", "scancel", "sinfo", "srun", "scontrol")
SECONDS = 120  # to answer: a busy controller takes its time
Flags = Mapping[str, Any]


def refuse_missing() -> None:
    """Refuse a machine without Slurm's commands.

    Raises:
        UserError: Names those that are missing.
    """
    missing = [name for name in COMMANDS if shutil.which(name) is None]
    if missing:
        where = "run this where jobs are submitted to Slurm, or take --launcher Local"
        raise UserError(f"launcher Slurm needs {', '.join(missing)} on the path: {where}")


def silence() -> str:
    """Why Slurm does not answer, which its ping says at once and other commands after minutes; empty if it does."""
    code, out, said = _call("scontrol", "ping")
    return ((out or said).splitlines() or ["no word"])[0] if code and " is UP" not in out else ""


def refuse_silence() -> None:
    """Refuse a Slurm that does not answer.

    Raises:
        UserError: Says what it says.
    """
    if why := silence():
        raise UserError(f"Slurm does not answer: {why}; --launcher Local trains on this machine")


def refuse_jobs(flags: Flags) -> None:
    """Refuse jobs that Slurm would not take, by asking it; nothing is queued.

    Raises:
        UserError: Says what Slurm says, and what there is.
    """
    code, _, said = _call("sbatch", "--test-only", *words(flags), "--wrap=true")
    if code:
        reason = _reason(said)
        asked = f"sbatch {' '.join(words(flags))}"
        raise UserError(f"Slurm refuses a trial's job: {reason}{_hint(reason, flags)} ({asked})")


def _reason(said: str) -> str:
    """The last line of what a command said, without what it puts before."""
    lines = [line for line in said.splitlines() if line.strip() and not line.startswith("Try ")]
    return re.sub(r"^(\w+: )?((error|fatal|allocation failure): )*", "", (lines or ["no word"])[-1])


def words(flags: Flags) -> list[str]:
    """Flags as words of a command line."""
    names = {key: f"--{key.replace('_', '-')}" for key in flags}
    return [names[key] if value is True else f"{names[key]}={value}" for key, value in flags.items()]


def has_gpus(partition: str | None) -> bool:
    """Whether any node has GPUs to ask for; no, where Slurm does not answer."""
    chosen = [f"--partition={partition}"] if partition else []
    _, out, _ = _call("sinfo", "--noheader", *chosen, "--format=%G")
    return any("gpu" in line for line in out.splitlines())


def partitions() -> tuple[list[list[str]], str]:
    """Name, nodes, CPUs and generic resources of each partition; and what is said if Slurm does not answer."""
    if why := silence():
        return [], why
    code, out, said = _call("sinfo", "--noheader", "--format=%P %D %c %G")
    return ([], said or "no word") if code else ([line.split(maxsplit=3) for line in out.splitlines()], "")


def numbers() -> set[str] | None:
    """Numbers of all of the user's jobs that wait or run; None if Slurm does not answer."""
    code, out, _ = _call("squeue", "--me", "--noheader", "--array", "--format=%i")
    return None if code else set(out.split())


def cancel_waiting(jobs: Iterable[str]) -> None:
    """Take jobs out of the queue that have not started."""
    _call("scancel", "--state=PENDING", *jobs)


def _hint(reason: str, flags: Flags) -> str:
    if "partition" in reason and "account" not in reason:
        _, out, _ = _call("sinfo", "--noheader", "--format=%R")
        return nearest(str(flags.get("partition")), sorted(set(out.split())))
    if "node" in reason:
        _, out, _ = _call("sinfo", "--noheader", "--format=%R has %D nodes of %c CPUs, %m MB, generic resources %G")
        there = "; ".join(sorted(set(out.splitlines())))
        return f"; {there.replace('generic resources (null)', 'no GPUs or other generic resources')}"
    return ""


def _call(*command: str) -> tuple[int, str, str]:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, "", f"{command[0]} does not answer ({type(error).__name__})"
    return done.returncode, done.stdout, done.stderr
