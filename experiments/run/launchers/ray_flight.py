"""A job that was handed to Ray: heard of, and handed over again when its worker or node is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from experiments.errors import COMPLAINT
from experiments.run.launchers.job import Job
from experiments.run.launchers.launcher import REQUEUED, Event
from experiments.run.launchers.parcel import unpack
from experiments.run.launchers.ray_cluster import load_ray, submit
from experiments.run.launchers.ray_task import REFUSED, STARTED, Task

CRASHED, BAD_INPUT, LOST = 1, 2, -9  # exit codes


@dataclass(eq=False)
class Flight:
    """A job on its way.

    Args:
        index: Of the job.
        job: Handed over.
        task: What runs it.
        need: Resources that it takes.
        retries: How often it is handed over again at most.
        holding: What is left when it is over.
    """

    index: int
    job: Job
    task: Task
    need: Mapping[str, float]
    retries: int
    holding: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.losses, self.told, self.over = 0, False, False
        self.launch()

    def launch(self) -> None:
        """Hand it to Ray."""
        self.said, self.running = submit(self.task, self.need), False

    def cancel(self, force: bool = False) -> None:
        """Take it back.

        Args:
            force: Even while it runs: its worker is killed.
        """
        load_ray().cancel(self.said, force=force)

    def listen(self) -> Iterator[Event]:
        """Tell of the next thing that it says, or of what became of it."""
        errors = load_ray().exceptions
        try:
            what, said = load_ray().get(next(self.said))
        except errors.TaskCancelledError:
            self.over = True
            self.holding.close()
        except errors.RayTaskError as error:
            yield from self._end(CRASHED, str(error))
        except errors.RayError as error:
            yield from self._lose(f"Ray lost its worker or node ({type(error).__name__})")
        else:
            yield from self._tell(what, said)

    def _tell(self, what: str, said: Any) -> Iterator[Event]:
        if what == REFUSED:
            yield from self._end(BAD_INPUT, f"{COMPLAINT}{said}")
        elif what == STARTED:
            before, self.running, self.told = self.told, True, True
            yield self.index, REQUEUED if before else None
        else:
            code, folder = said
            if folder is not None:
                unpack(folder, self.job.log.parent)
            yield from self._end(code)

    def _lose(self, why: str) -> Iterator[Event]:
        self.losses += 1
        if self.losses > self.retries:
            yield from self._end(LOST, f"{COMPLAINT}{why}, {self.losses} times: it is given up")
        else:
            self.job.note(f"{why}: it starts again")
            self.launch()

    def _end(self, code: int, said: str = "") -> Iterator[Event]:
        if said:
            self.job.note(said)
        self.over = True
        self.holding.close()
        if not self.told:
            yield self.index, None
        yield self.index, code


def heard(flights: list[Flight], tick: float) -> list[Flight]:
    """The next flight that says something or has come to nothing, if there is one within a tick."""
    if not flights:
        return []
    by_generator = {flight.said: flight for flight in flights}
    ready, _ = load_ray().wait([*by_generator], timeout=tick)  # one at most, as soon as there is one
    return [by_generator[said] for said in ready]
