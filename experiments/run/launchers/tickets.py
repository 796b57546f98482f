"""A queued job's number and progress, in two files beside its log: the runner writes one, the job the other."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from experiments.files import read_json, write_whole
from experiments.run.launchers.job import Job


@dataclass(frozen=True)
class Progress:
    """How far a queued job is.

    Args:
        number: Its number in the queue.
        start: How often it was queued again before it started.
        code: Its exit code; None while it runs.
    """

    number: str
    start: int
    code: int | None = None


def write_number(job: Job, number: str) -> None:
    """Note under which number a job was queued; what an earlier one left is removed."""
    _write(_queued(job), {"number": number})


def forget(job: Job) -> None:
    """Remove what is said of an earlier number."""
    for path in (_queued(job), _progress(job)):
        path.unlink(missing_ok=True)


def read_number(job: Job) -> str:
    """The last number of a job in the queue; empty if it has never been queued."""
    said = read_json(_queued(job)) or read_json(_progress(job)) or {}  # a runner may be killed before it notes it
    return str(said.get("number", ""))


def write_progress(job: Job, progress: Progress) -> None:
    """Note how far a job is."""
    _write(_progress(job), asdict(progress))


def read_progress(job: Job, number: str) -> Progress | None:
    """How far a job is; None if it has not started under this number."""
    said = read_json(_progress(job)) or {}
    return Progress(**said) if said.keys() == {"number", "start", "code"} and said["number"] == number else None


def _write(path: Path, content: dict[str, object]) -> None:
    with write_whole(path) as file:
        json.dump(content, file)


def _queued(job: Job) -> Path:
    return job.log.with_suffix(".queued")


def _progress(job: Job) -> Path:
    return job.log.with_suffix(".progress")
