"""Where the trials of an ablation stand, how fast they go and how long it will take."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.table import Column, Table

from experiments.folder import LEDGER, State
from experiments.plan.planned import Plan
from experiments.results.no_ops import marked
from experiments.results.study import read_verdicts
from experiments.run import attempts
from experiments.run.pace import length, read_pace, seconds_left

REFRESH = 2.0  # seconds


@contextmanager
def watching(planned: Plan, console: Console) -> Iterator[Console]:
    """Show where the trials stand, anew every two seconds; on no terminal once, at the end.

    Yields:
        A console whose lines come to stand above that.
    """

    def present() -> Group:
        return shown(planned, read_states(planned, {}))

    if console.is_terminal:
        with Live(get_renderable=present, console=console, refresh_per_second=1 / REFRESH):
            yield Console(highlight=False, markup=False, force_terminal=False)
    else:
        yield console
        console.print("", present(), "", sep="\n", soft_wrap=True)


def shown(planned: Plan, states: Sequence[State]) -> Group:
    """A table of the arms and states of trials, and how fast they go.

    Args:
        planned: The ablation.
        states: Of its trials.
    """
    table = Table(Column("arm", overflow="fold"), *State, box=None)  # a name is there to be copied
    for column in table.columns[1:]:
        column.justify = "right"
    counts = Counter(zip((trial.arm for trial in planned.trials), states, strict=True))
    for arm in planned.arms:
        table.add_row(arm.name, *(str(counts[arm.name, state] or "·") for state in State))
    return Group(table, "", _pace(planned, states))


def _pace(planned: Plan, states: Sequence[State]) -> str:
    """Trials that ended and failed, how many an hour, and the time left, in a line."""
    seen, needed = read_pace(planned), [state for state in states if state.needed]
    parts = [f"{sum(state.ended for state in states)} of {len(needed)} trials ended"]
    parts += [f"{states.count(State.FAILED)} failed"] if State.FAILED in states else []
    hourly = f"{seen.hourly:,.0f}" if seen.hourly >= 100 else f"{seen.hourly:.3g}"
    parts += [f"{hourly} an hour, {seen.at_once:.2g} at a time"] if seen.hourly else []
    left = seconds_left(planned, list(zip(planned.trials, states, strict=True)), seen, time.time())
    parts += [f"about {length(left)} left"] if left else []
    return ", ".join(parts)


def read_states(planned: Plan, before: Mapping[str, State]) -> list[State]:
    """The states of an ablation's trials, those that a race or a no-op leaves included.

    Args:
        planned: The ablation.
        before: Address → state of trials that are known to have ended.
    """
    if planned.ablation.looks:  # what a race needs hangs on what it has shown
        return [row["status"] for row in read_verdicts(planned)[0]]
    return marked(planned, attempts.states(planned.trials, planned.folder / LEDGER, before))
