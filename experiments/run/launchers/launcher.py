"""The protocol of launchers: what starts an ablation's jobs, here or elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from experiments.declare.configs import Config
from experiments.run.launchers.job import Job

Event = tuple[int, int | str | None]
REQUEUED, FOUND = "requeued", "found"
Run = Generator[Event | None, None, None]


class May(Enum):
    """What is said of a job before it starts."""

    START = auto()
    PASS = auto()  # it is left out: others have it
    STOP = auto()  # it and all later ones are left out


def always(index: int) -> May:
    """Any job may start."""
    return May.START


def following(waiting: deque[int], may_start: Callable[[int], May]) -> int | None:
    """The next of the waiting jobs that may start, which waits no longer; None if none may."""
    while waiting:
        said = may_start(waiting[0])
        index = waiting.popleft()
        if said is May.START:
            return index
        if said is May.STOP:
            waiting.clear()
    return None


@dataclass(frozen=True)
class Demand:
    """What an ablation asks of a launcher.

    Args:
        trainers: What each arm sets of the trainer.
        threads: CPU threads that each device of a trial uses.
        trials: How many there are at most.
        folder: Of the ablation: a launcher keeps there what it needs.
    """

    trainers: Sequence[Config] = ()
    threads: int = 1
    trials: int = 1_000_000
    folder: Path = Path("runs")


class Launcher(ABC):
    """Base class of what starts jobs, several at a time.

    A constructor takes the `Demand` first; its other arguments are what `init_args` of an ablation may hold. It raises
    ValueError for what is wrong with them, and UserError for trials that cannot run there.
    """

    demand: Demand
    jobs: int  # at a time, at most
    per_gpu: int = 1  # trials that may have one GPU at a time
    joins: bool = False  # whether `check` starts or joins something, which takes seconds

    @property
    def sharing(self) -> str:
        """Says that jobs share devices, and which; empty if each has its own."""
        return ""

    def check(self) -> None:
        """Find out whether jobs can be started, before anything is.

        Raises:
            UserError: If they cannot: what is missing or refused.
        """
        return

    @abstractmethod
    def places(self, count: int) -> list[str]:
        """Says where so many trials would run, in one or more lines."""

    @abstractmethod
    def run(self, jobs: Sequence[Job], tick: float = 0.5, may_start: Callable[[int], May] = always) -> Run:
        """Run all jobs.

        Args:
            jobs: Started in this order.
            tick: Seconds between two looks.
            may_start: Asked before each job, by its index.

        Yields:
            (index, None) when a job starts, (index, exit code) when it ends, None at every tick; and of a launcher
            whose jobs outlive it (index, "found") for one that runs already, (index, "requeued") for one that starts
            again.
        """

    def known(self, jobs: Sequence[Job]) -> Collection[int]:
        """The indices of those that an earlier run has started, which `run` would find and follow."""
        return ()

    def withdraw(self) -> None:
        """Take back jobs that wait elsewhere and have not started; those that run go on."""
        return


def check_count(owner: str, name: str, value: object, least: int = 1) -> None:
    """Refuse what is not a count.

    Raises:
        ValueError: Names the launcher, the argument and the value.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{owner}: {name} must be a whole number from {least}, got {value!r}")
