"""When a run starts no more trials: its budget is spent, or somebody pressed Ctrl-C."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from experiments.plan.arms import Trial

INTERRUPTED = "Ctrl-C"


class Limits:
    """Asked before each trial starts; once one may not, none may.

    Args:
        max_hours: No trial starts that would probably end later than so many hours after now; None for no limit.
        max_trials: How many may be started; None for no limit.
        seconds: arm → what a trial of it takes.
    """

    def __init__(self, max_hours: float | None, max_trials: int | None, seconds: Mapping[str, float]) -> None:
        self.max_hours, self.max_trials, self.seconds = max_hours, max_trials, seconds
        self.began, self.started = time.monotonic(), 0
        self.reason = ""  # why no more trials start

    def allow(self, trial: Trial) -> bool:
        """Whether a trial may start; it counts as started then."""
        self.reason = self.reason or self._spent(trial)
        self.started += not self.reason
        return not self.reason

    def take_back(self) -> None:
        """A trial that was started is another process's: it does not count."""
        self.started -= 1

    def _spent(self, trial: Trial) -> str:
        if self.max_trials is not None and self.started >= self.max_trials:
            return f"max-trials {self.max_trials}"
        ends = time.monotonic() - self.began + self.seconds.get(trial.arm, 0.0)
        return f"max-hours {self.max_hours:g}" if self.max_hours is not None and ends > 3600 * self.max_hours else ""

    @contextmanager
    def heeding_signals(self) -> Iterator[None]:
        """Ctrl-C starts no more trials; a second one, or SIGTERM, is a KeyboardInterrupt."""
        before = {
            signal.SIGINT: signal.signal(signal.SIGINT, self._on_ctrl_c),
            signal.SIGTERM: signal.signal(signal.SIGTERM, _stop_now),
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_ctrl_c(self, *_: Any) -> None:
        if self.reason:
            raise KeyboardInterrupt
        self.reason = INTERRUPTED


def _stop_now(*_: Any) -> None:
    raise KeyboardInterrupt
