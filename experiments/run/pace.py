"""How fast trials go, from the ledger's times, and how long the others will take."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, NamedTuple

from experiments.folder import LEDGER, State
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.run import costs, ledger
from experiments.run.launchers.launcher import FOUND, REQUEUED

Key = tuple[str, int]


class Span(NamedTuple):
    """One launch of a trial that ended.

    Args:
        arm: Name of the arm.
        start: Unix time.
        end: Unix time.
        event: How it ended.
    """

    arm: str
    start: float
    end: float
    event: str

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.start


@dataclass(frozen=True)
class Pace:
    """What has been seen of an ablation's trainings.

    Args:
        spans: Launches that ended, in the order of their ends.
        since: (arm, seed) → when its last launch began, of those that have not ended.
    """

    spans: tuple[Span, ...]
    since: dict[Key, float]

    @property
    def hourly(self) -> float:
        """Trials that got a result, in an hour in which any was running; 0 if none did."""
        results = sum(span.event != State.FAILED for span in self.spans)
        return 3600 * results / self._busy if self._busy > 0 else 0.0

    @property
    def at_once(self) -> float:
        """Trials at a time, on average; 1 if none ended."""
        return max(1.0, sum(span.seconds for span in self.spans) / self._busy) if self._busy > 0 else 1.0

    @cached_property
    def _busy(self) -> float:
        """Seconds in which at least one ran."""
        busy, until = 0.0, float("-inf")
        for span in sorted(self.spans, key=attrgetter("start")):
            busy += max(0.0, span.end - max(span.start, until))
            until = max(until, span.end)
        return busy


def length(seconds: float) -> str:
    """A length of time in the unit that suits it."""
    if seconds >= 60:
        return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.1f} min"
    return f"{max(1, round(seconds))} s"


def read_pace(plan: Plan) -> Pace:
    """The pace of an ablation so far."""
    return pace_of(ledger.events(plan.folder / LEDGER))


def pace_of(events: Iterable[Mapping[str, Any]]) -> Pace:
    """The pace that a ledger tells; a launch without an end, such as a kill leaves, is no span."""
    spans, since = [], {}
    for event in events:
        key, at = (event["arm"], event["seed"]), event.get("time")
        what = event["event"]
        if not isinstance(at, int | float):
            continue
        if what in (ledger.LAUNCHED, REQUEUED):
            since[key] = at
        elif key in since and what not in (FOUND, ledger.TAKEN):
            spans.append(Span(key[0], since.pop(key), at, what))
    return Pace(tuple(spans), since)


def seconds_by_arm(plan: Plan, seen: Pace) -> dict[str, float]:
    """What a trial of each arm takes: the mean of those that are done, else what was measured before the first run."""
    known: dict[str, float] = {}
    done: dict[str, list[float]] = {}
    for span in seen.spans:
        if span.event == State.DONE:
            done.setdefault(span.arm, []).append(span.seconds)
    for arm in plan.arms:
        if arm.name in done:
            known[arm.name] = statistics.fmean(done[arm.name])
        elif measured := costs.read(plan, arm):
            known[arm.name] = measured["seconds"] + costs.START_SECONDS
    return known


def seconds_left(plan: Plan, trials: Sequence[tuple[Trial, State]], seen: Pace, now: float) -> float | None:
    """Seconds until these trials have ended, as many at a time as run now, or else as ran before.

    Args:
        plan: The ablation.
        trials: With their states; those that ended or are not needed take no time.
        seen: What has been seen.
        now: Unix time.

    Returns:
        None if nothing is known of how long a trial takes.
    """
    each = seconds_by_arm(plan, seen)
    if not each:
        return None
    usual, total, running = statistics.fmean(each.values()), 0.0, 0
    for trial, state in trials:
        if state.ended or not state.needed:
            continue
        whole = each.get(trial.arm, usual)
        started = seen.since.get((trial.arm, trial.seed), now) if state == State.RUNNING else now
        total += max(0.0, whole - (now - started))
        running += state == State.RUNNING
    return total / (running or seen.at_once)
