"""A line of the table, and how its two sides are measured."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch


@dataclass(frozen=True)
class Row:
    """Ours beside theirs, measured in rounds: the medians, and the median and quartiles of the ratio within a round.

    Args:
        what: What is compared.
        ours: Seconds, or MiB, a round each.
        theirs: Of what it is compared with, in the same rounds.
        limit: The ratio, or where nothing is compared the seconds, that it aims at.
    """

    what: str
    ours: Sequence[float]
    theirs: Sequence[float] | None = None
    limit: float | None = None

    def __str__(self) -> str:
        what, ours, theirs, ratio, quartiles, limit = self.cells()
        return f"{what:<58} {ours:>9} {theirs:>9} {ratio:>6} {quartiles:>11}  {limit}"

    def cells(self) -> tuple[str, str, str, str, str, str]:
        """What is compared, the medians, the ratio, its quartiles, and the aim; empty where there is none."""
        limit = "" if self.limit is None else f"≤ {self.limit:g}"
        ours = f"{statistics.median(self.ours):.4f}"
        if self.theirs is None:
            return self.what, ours, "", "", "", limit
        ratios = [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]
        spread = ""
        if len(ratios) > 1:
            low, _, high = statistics.quantiles(ratios, method="inclusive")
            spread = f"{low:.2f}–{high:.2f}"
        return (
            self.what,
            ours,
            f"{statistics.median(self.theirs):.4f}",
            f"{statistics.median(ratios):.2f}",
            spread,
            limit,
        )


def in_turn(
    *calls: Callable[[], object], rounds: int = 15, now: Callable[[], float] = time.process_time
) -> list[list[float]]:
    """Seconds of the processor of each call, a round each; taking turns, so that a busy machine slows them alike."""
    seconds: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, taken in zip(calls, seconds, strict=True):
            started = now()
            call()
            taken.append(now() - started)
    return seconds


def beside(
    what: str, ours: Callable[[], object], theirs: Callable[[], object], limit: float | None = 1.0, rounds: int = 7
) -> Iterator[Row]:
    """A row for the time and a row for the peak memory of two calls."""
    yield Row(f"{what} (s)", *in_turn(ours, theirs, rounds=rounds), limit)
    yield Row(f"{what}, peak (MiB)", [peak(ours)], [peak(theirs)], limit)


def peak(call: Callable[[], object]) -> float:
    """The most MiB of tensors that a call holds at a time, beyond those that were there before it."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        call()
    events = [e for e in profile.profiler.kineto_results.events() if e.name() == "[memory]"]
    held = accumulate(e.nbytes() for e in sorted(events, key=lambda e: e.start_ns()))
    return max(held, default=0) / 2**20
