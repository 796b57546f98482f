"""`trickbench status`: where every trial of an ablation stands."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Any

from rich.console import Console
from rich.table import Table

from experiments import registration
from experiments import run as trial_run
from experiments.ablation import read_ablation
from experiments.plan import plan
from experiments.plan_command import add_ablation_arguments

STATES = ("done", "diverged", "running", "failed", "open")


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench status`."""
    parser = subparsers.add_parser("status", help="show where every trial stands", description=__doc__)
    add_ablation_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Count the states of each arm's trials and name the logs of those that failed."""
    planned = plan(read_ablation(args.ablation), args.runs)
    registration.check(planned)
    states = trial_run.states(planned.trials, planned.folder / trial_run.LEDGER)
    table = Table("arm", *STATES, box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for arm in planned.arms:
        counts = Counter(s for trial, s in zip(planned.trials, states, strict=True) if trial.arm == arm.name)
        table.add_row(arm.name, *(str(counts[state] or "·") for state in STATES))
    console = Console(highlight=False, markup=False)
    console.print(table)
    for trial, state in zip(planned.trials, states, strict=True):
        if state == "failed":
            console.print(f"failed: see {trial.folder / 'log.txt'}", soft_wrap=True)
    return 0
