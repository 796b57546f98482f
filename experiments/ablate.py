"""`trickbench ablate`: check, register, train what is not there yet, and report."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from experiments import registration
from experiments import run as trial_run
from experiments.ablation import read_ablation
from experiments.errors import UserError
from experiments.launch import Job, Local
from experiments.plan import Plan, Trial, plan
from experiments.plan_command import add_ablation_arguments, launcher_for, measure_costs, print_costs
from experiments.watch import Watch

ENDS = {0: "done", 3: "diverged"}


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
    """Train the matrix; 1 if a trial failed, since the verdicts then lack it."""
    planned = plan(read_ablation(args.ablation), args.runs)
    registration.check(planned)
    console = Console(highlight=False, markup=False)
    launcher = launcher_for(planned, args.jobs)
    with trial_run.locked(planned.folder):
        try:
            failed = _train(planned, launcher, console)
        except KeyboardInterrupt as error:
            raise UserError("stopped; what is trained is kept: the same command goes on from there") from error
    from experiments.report import publish

    publish(planned)
    return 1 if failed else 0


def _train(planned: Plan, launcher: Local, console: Console) -> list[Trial]:
    todo = [trial for trial in planned.trials if trial_run.result(trial) is None]
    if not todo:
        return []
    measure_costs(planned, launcher, console)
    print_costs(planned, launcher, console)
    console.print(f"registered: sha256 {registration.register(planned)}\n", soft_wrap=True)
    return train(planned, todo, launcher, console)


def train(planned: Plan, todo: Sequence[Trial], launcher: Local, console: Console) -> list[Trial]:
    """Train trials, keep the ledger and show how far they are.

    Returns:
        Those that failed.
    """
    ledger = planned.folder / trial_run.LEDGER
    for trial in todo:
        trial_run.claim(trial)
    jobs = [Job("experiments.run:run", (trial,), trial.folder / "log.txt") for trial in todo]
    failed = []
    with Watch(planned, todo, console) as watch:
        for event in launcher.run(jobs):
            if event is None:
                watch.tick()
                continue
            index, code = event
            what = "launched" if code is None else ENDS.get(code, "failed")
            trial_run.note(ledger, todo[index], what)
            watch.note(todo[index], what)
            failed += [todo[index]] if what == "failed" else []
    for trial in failed:
        console.print(f"failed: {trial.arm} seed {trial.seed}, see {trial.folder}/log.txt; the next run tries it again")
    return failed
