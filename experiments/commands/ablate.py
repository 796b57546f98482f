"""`trickbench ablate`: check, register, train what is missing, and report."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console

from experiments.commands.arguments import add_ablation_arguments, launcher_for
from experiments.declare.ablation import read_ablation
from experiments.errors import UserError
from experiments.plan import registration
from experiments.plan.arms import Plan, Trial
from experiments.plan.trials import make_plan
from experiments.run import attempts
from experiments.run.launchers.local import Local
from experiments.run.matrix import train
from experiments.run.price import measure_costs, print_costs
from experiments.steer.rounds import due, first


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench ablate`."""
    parser = subparsers.add_parser(
        "ablate",
        help="train an ablation and judge its tricks",
        description="Register the ablation, train every trial that is not finished, and write the report. "
        "Kill it whenever you like: the same command goes on from there.",
    )
    add_ablation_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train the matrix; 1 if a trial failed or had nothing to measure, since the verdicts then lack it."""
    planned = make_plan(read_ablation(args.ablation), args.runs)
    registration.check(planned)
    console = Console(highlight=False, markup=False)
    launcher = launcher_for(planned, args.jobs)
    with attempts.locked(planned.folder):
        try:
            failed = _train(planned, launcher, console)
        except KeyboardInterrupt as error:
            raise UserError("stopped; what is trained is kept: the same command goes on from there") from error
    from experiments.report.publish import publish
    from experiments.results.study import faults

    study = publish(planned)
    return 1 if failed or faults(study) else 0


def _train(planned: Plan, launcher: Local, console: Console) -> list[Trial]:
    tried: set[Path] = set()
    todo, failed = due(planned), []
    if not todo:
        return []
    measure_costs(planned, launcher, console)
    print_costs(planned, launcher, first(planned), console)
    console.print(f"registered: sha256 {registration.register(planned)}\n", soft_wrap=True)
    while todo:  # a race has a round for each look
        failed += train(planned, todo, launcher, console)
        tried |= {trial.folder for trial in todo}
        todo = [trial for trial in due(planned) if trial.folder not in tried]
    return failed
