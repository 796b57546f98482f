"""One live display for the whole matrix."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from experiments.folder import METRICS, State
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.run.launchers.launcher import FOUND, REQUEUED
from experiments.run.ledger import LAUNCHED, TAKEN
from experiments.run.outcome import read_curve

BEGUN = (LAUNCHED, FOUND, REQUEUED)


class Watch:
    """Shows done, running, diverged and failed trials and the time left; on no terminal, a line a trial.

    Args:
        plan: The ablation.
        todo: The trials of this session.
        before: How many had ended before.
        console: Where to show it.
    """

    def __init__(self, plan: Plan, todo: Sequence[Trial], before: int, console: Console) -> None:
        self.console = console
        self.counts: Counter[str] = Counter(done=before)
        self.before, self.total, self.todo = before, before + len(todo), len(todo)
        self.epochs = _epochs(plan)
        self.steps = {arm.name: arm.steps for arm in plan.arms}
        self.running: list[Trial] = []
        self.started = time.monotonic()
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn  # a tenth of `plan`

        texts = TextColumn("{task.description}"), TextColumn("{task.fields[left]}")
        columns = (texts[0], BarColumn(), TaskProgressColumn(), texts[1])
        self.progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self.task = self.progress.add_task("", total=self.total, left="")

    def __enter__(self) -> Watch:
        self.progress.start()
        self.tick()
        return self

    def __exit__(self, *_: Any) -> None:
        self.tick()
        self.progress.stop()

    def note(self, trial: Trial, what: str) -> None:
        """A trial was launched or ended, or a queue told of it."""
        if what in BEGUN:
            self.running += [trial] if trial not in self.running else []
        elif what == TAKEN:
            self.running.remove(trial)
            self.leave()
        else:
            self.running.remove(trial)
            self.counts[what] += 1
            if not self.console.is_terminal:
                ended = self.counts.total()
                left = f", {self._left()}" if self._left() else ""
                self.console.print(f"{ended}/{self.total} {trial.arm} seed {trial.seed}: {what}{left}", soft_wrap=True)
        self.tick()

    def leave(self) -> None:
        """A trial is another process's."""
        self.todo -= 1

    def tick(self) -> None:
        """Show the present state."""
        ended = self.counts.total()
        parts = [f"{self.counts[State.DONE]} done", f"{len(self.running)} running"]
        parts += [f"{self.counts[what]} {what}" for what in (State.DIVERGED, State.FAILED) if self.counts[what]]
        completed = ended + sum(map(self._share, self.running))
        self.progress.update(self.task, completed=completed, description=", ".join(parts), left=self._left())

    def _share(self, trial: Trial) -> float:
        path = trial.folder / METRICS
        if steps := self.steps.get(trial.arm):
            return min(1.0, (read_curve(trial.folder) or [{"step": 0.0}])[-1]["step"] / steps)
        if not self.epochs or not path.exists():
            return 0.0
        with path.open("rb") as file:
            return min(1.0, (sum(1 for _ in file) - 1) / self.epochs)

    def _left(self) -> str:
        share = (self.counts.total() - self.before + sum(map(self._share, self.running))) / (self.todo or 1)
        if share in (0, 1):
            return ""
        seconds = (time.monotonic() - self.started) * (1 - share) / share
        minutes, seconds = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02} left" if hours else f"{minutes}:{seconds:02} left"


def _epochs(plan: Plan) -> int:
    epochs = plan.arms[0].merged.get("trainer", {}).get("max_epochs", 0)
    return epochs if isinstance(epochs, int) else 0
