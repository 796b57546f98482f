"""`trickbench status`: where every trial of an ablation stands."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Any

from rich.console import Console
from rich.table import Table

from experiments.commands.arguments import add_ablation_arguments
from experiments.declare.ablation import read_ablation
from experiments.folder import LEDGER, LOG, State
from experiments.plan import registration
from experiments.plan.arms import Plan
from experiments.plan.trials import make_plan
from experiments.results.damage import damaged
from experiments.results.stale import stale
from experiments.results.study import read_study
from experiments.run import attempts


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench status`."""
    parser = subparsers.add_parser("status", help="show where every trial stands", description=__doc__)
    add_ablation_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Count the states of each arm's trials, name the logs of those that failed and the files that cannot be read."""
    planned = make_plan(read_ablation(args.ablation), args.runs)
    remarks = [*stale(planned), *damaged(planned)]
    if not registration.fault(planned):
        registration.check(planned)
    states = _states(planned)
    table = Table("arm", *State, box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for arm in planned.arms:
        counts = Counter(s for trial, s in zip(planned.trials, states, strict=True) if trial.arm == arm.name)
        table.add_row(arm.name, *(str(counts[state] or "·") for state in State))
    console = Console(highlight=False, markup=False)
    console.print(table)
    for trial, state in zip(planned.trials, states, strict=True):
        if state == State.FAILED:
            console.print(f"failed: see {trial.folder / LOG}", soft_wrap=True)
    for line in remarks:
        console.print(line, soft_wrap=True)
    return 0


def _states(planned: Plan) -> list[State]:
    if planned.ablation.looks:  # what a race needs hangs on what it has shown
        return [row["status"] for row in read_study(planned).rows]
    return attempts.states(planned.trials, planned.folder / LEDGER)
