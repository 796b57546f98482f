"""`trickbench status`: where every trial of an ablation stands, how fast they go and how long it will take."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from experiments.commands.arguments import add_ablation_arguments, planned_by
from experiments.folder import LEDGER, LOG, State
from experiments.plan import registration
from experiments.plan.planned import Plan
from experiments.results.damage import damaged
from experiments.results.no_ops import marked
from experiments.results.seen import remember, seen
from experiments.results.stale import stale
from experiments.results.study import read_verdicts
from experiments.run import attempts
from experiments.run.pace import read_pace, seconds_left

REFRESH = 2.0  # seconds


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench status`."""
    parser = subparsers.add_parser("status", description=__doc__)
    add_ablation_arguments(parser)
    parser.add_argument("--watch", action="store_true", help="show it anew until nothing trains the ablation any more")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Count the states of each arm's trials, name the logs of those that failed and the files that cannot be read."""
    planned = planned_by(args)
    before = seen(planned)
    unread = replace(planned, trials=tuple(trial for trial in planned.trials if trial.folder not in before))
    remarks = [*stale(unread), *damaged(unread)]
    if not registration.fault(planned):
        registration.check(planned)
    console = Console(highlight=False, markup=False)
    if args.watch:
        planned = _watch(planned, args, console)
    states = _states(planned, before)
    remember(planned, states, before)
    console.print(_shown(planned, states), soft_wrap=True)
    for trial, state in zip(planned.trials, states, strict=True):
        if state == State.FAILED:
            console.print(f"failed: see {trial.link / LOG}", soft_wrap=True)
    for line in remarks:
        console.print(line, soft_wrap=True)
    return 0


def _watch(planned: Plan, args: argparse.Namespace, console: Console) -> Plan:
    """Show the states while something trains the ablation; Ctrl-C ends the watching alone.

    Returns:
        The plan as it is then: results may have told more of it.
    """
    try:
        with Live(console=console, auto_refresh=False, transient=True) as live:
            while attempts.is_locked(planned.folder):
                live.update(_shown(planned, _states(planned, {})), refresh=console.is_terminal)
                time.sleep(REFRESH)
                planned = planned_by(args) if planned.ablation.tune or planned.ablation.path else planned
    except KeyboardInterrupt:
        pass
    return planned


def _shown(planned: Plan, states: Sequence[State]) -> Group:
    table = Table("arm", *State, box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    counts = Counter((trial.arm, state) for trial, state in zip(planned.trials, states, strict=True))
    for arm in planned.arms:
        table.add_row(arm.name, *(str(counts[arm.name, state] or "·") for state in State))
    return Group(table, "", _pace(planned, states))


def _pace(planned: Plan, states: Sequence[State]) -> str:
    """Trials that ended and failed, how many an hour, and the time left, in a line."""
    seen, needed = read_pace(planned), [state for state in states if state.needed]
    parts = [f"{sum(state.ended for state in states)} of {len(needed)} trials ended"]
    parts += [f"{states.count(State.FAILED)} failed"] if State.FAILED in states else []
    parts += [f"{seen.hourly:.3g} an hour, {seen.at_once:.2g} at a time"] if seen.hourly else []
    left = seconds_left(planned, list(zip(planned.trials, states, strict=True)), seen, time.time())
    parts += [f"about {_length(left)} left"] if left else []
    return ", ".join(parts)


def _length(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.1f} min"


def _states(planned: Plan, before: Mapping[Path, State]) -> list[State]:
    if planned.ablation.looks:  # what a race needs hangs on what it has shown
        return [row["status"] for row in read_verdicts(planned)[0]]
    return marked(planned, attempts.states(planned.trials, planned.folder / LEDGER, before))
