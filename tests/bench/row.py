"""A line of the table, and how its two sides are timed."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """Ours beside theirs.

    Args:
        what: What is compared.
        ours: Seconds, or MiB.
        theirs: Of what it is compared with.
        limit: The ratio, or where nothing is compared the seconds, that it aims at.
    """

    what: str
    ours: float
    theirs: float | None
    limit: float | None = None

    def __str__(self) -> str:
        ratio = "" if self.theirs is None else f"{self.ours / self.theirs:.2f}"
        theirs = "" if self.theirs is None else f"{self.theirs:.4f}"
        limit = "" if self.limit is None else f"≤ {self.limit:g}"
        return f"{self.what:<58} {self.ours:>9.4f} {theirs:>9} {ratio:>6}  {limit}"


def in_turn(*calls: Callable[[], object], rounds: int = 15) -> list[float]:
    """Median seconds of each call; taking turns, so that a busy machine slows them alike."""
    seconds: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, taken in zip(calls, seconds, strict=True):
            started = time.perf_counter()
            call()
            taken.append(time.perf_counter() - started)
    return [statistics.median(taken) for taken in seconds]
