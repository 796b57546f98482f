"""`trickbench status`: where every trial of an ablation stands, how fast they go and how long it will take."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.live import Live

from experiments.commands.arguments import add_ablation_arguments, planned_by
from experiments.folder import LOG, State
from experiments.plan import registration
from experiments.plan.planned import Plan
from experiments.report.states import REFRESH, read_states, shown
from experiments.results import seen
from experiments.results.damage import damaged
from experiments.results.seen import remember, seen_before
from experiments.results.stale import stale_lines
from experiments.run import runners


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench status`."""
    parser = subparsers.add_parser("status", description=__doc__)
    add_ablation_arguments(parser)
    parser.add_argument("--watch", action="store_true", help="show it anew until nothing trains the ablation any more")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Count the states of each arm's trials, name the logs of those that failed and the files that cannot be read."""
    planned = planned_by(args)
    before = seen_before(planned)
    unread = replace(planned, trials=tuple(trial for trial in planned.trials if trial.origin.address not in before))
    remarks = [*stale_lines(planned, {address: each.changed for address, each in before.items()}), *damaged(unread)]
    if not registration.fault(planned):
        registration.check(planned)
    console = Console(highlight=False, markup=False)
    if args.watch:
        planned = _watch(planned, args, console)
    states = read_states(planned, {address: each.state for address, each in before.items()})
    remember(planned, states, before)
    console.print(shown(planned, states), soft_wrap=True)
    running = [trial for trial, state in zip(planned.trials, states, strict=True) if state == State.RUNNING]
    for line in runners.elsewhere(running):
        console.print(f"running: {line}", soft_wrap=True)
    for trial, state in zip(planned.trials, states, strict=True):
        if state == State.FAILED:
            console.print(f"failed: see {trial.link / LOG}", soft_wrap=True)
    for line in [*_unsound(planned), *remarks]:
        console.print(line, soft_wrap=True)
    return 0


def _unsound(planned: Plan) -> list[str]:
    """What is wrong with the baselines; of many trials it is left to `report`, since results are read for it."""
    if len(planned.trials) >= seen.WORTH:
        return []
    from experiments.report import sound  # numpy

    return [*sound.first(planned), *sound.seen(planned)]


def _watch(planned: Plan, args: argparse.Namespace, console: Console) -> Plan:
    """Show the states while something trains the ablation; Ctrl-C ends the watching alone.

    Returns:
        The plan as it is then: results may have told more of it.
    """
    try:
        with Live(console=console, auto_refresh=False, transient=True) as live:
            while runners.present(planned):
                live.update(shown(planned, read_states(planned, {})), refresh=console.is_terminal)
                time.sleep(REFRESH)
                planned = planned_by(args) if planned.ablation.tune or planned.ablation.path else planned
    except KeyboardInterrupt:
        pass
    return planned
