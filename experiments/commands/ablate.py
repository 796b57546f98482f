"""`trickbench ablate`: check, register, train what is missing, and report."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from rich.console import Console

from experiments import lease, tracking
from experiments.commands.arguments import (
    RETRIES,
    add_ablation_arguments,
    add_launcher,
    add_wandb,
    declared_by,
    in_words,
    launcher_for,
    planned_by,
    positive,
    retries,
)
from experiments.declare.configs import nearest
from experiments.errors import UserError
from experiments.folder import LEDGER
from experiments.plan import registration
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.plan.unknown_keys import refuse_unknown_keys
from experiments.results.tuning import tuned
from experiments.run import ledger, runners
from experiments.run.budgets import budgeted
from experiments.run.launchers.export import KINDS, export_trials
from experiments.run.launchers.launcher import Launcher
from experiments.run.limits import INTERRUPTED, Limits
from experiments.run.matrix import prepare
from experiments.run.outlook import outlook_lines
from experiments.run.pace import read_pace, seconds_by_arm
from experiments.run.price import measure_costs, print_costs
from experiments.run.shared import cite, there
from experiments.run.tracked import refuse_lacking, tracked_line
from experiments.steer.path import stages
from experiments.steer.rounds import due, first, train_rounds

STOPPED = "stopped; what is trained is kept: the same command goes on from there"


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench ablate`."""
    parser = subparsers.add_parser(
        "ablate",
        description="Register the ablation, train every trial that is not finished, and write the report. Kill it "
        "whenever you like: the same command goes on from there. Ctrl-C finishes the running trials, twice stops now.",
    )
    add_ablation_arguments(parser)
    add_launcher(parser)
    add_wandb(parser, tracking.HELP)
    parser.add_argument("--watch", action="store_true", help="show the states of every arm while trials run")
    parser.add_argument("--only", nargs="+", metavar="ARM", help="train these arms and what they are compared with")
    parser.add_argument(
        "--retry", type=retries, metavar="failed", default=0, help=f"try failed trials again, {RETRIES} times at most"
    )
    parser.add_argument("--max-hours", type=positive(float), help="start no trial that would end after so many hours")
    parser.add_argument("--max-trials", type=positive(int), help="start no more trials than these")
    parser.add_argument("--dry-run", action="store_true", help="say what would be started where, and start nothing")
    parser.add_argument(
        "--export",
        choices=KINDS,
        help="register, and write what starts the trials that are due: command lines, a job array, a W&B sweep",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train the matrix; 1 if a trial failed or had nothing to measure, since the verdicts then lack it."""
    planned = declared_by(args, args.wandb or "")
    refuse_unknown_keys(planned)
    refuse_lacking(planned)
    registered = registration.check(planned)
    _chosen(planned, args.only)
    console = Console(highlight=False, markup=False)
    console.print(*tracked_line(planned), sep="\n", end="\n" * bool(args.wandb), soft_wrap=True)
    launcher = launcher_for(planned, args.jobs, args.launcher)
    if args.dry_run:
        return _tell_outlook(planned, launcher, console, args)
    with lease.made(planned.folder), runners.joined(planned, console):
        try:
            if args.export:
                return _export(planned, registered, launcher, console, args)
            failed = _train_stages(planned, registered, launcher, console, args)
        except KeyboardInterrupt as error:
            raise UserError(STOPPED) from error
    from experiments.report.publish import publish_report
    from experiments.results.faults import list_faults

    study = publish_report(planned_by(args))
    return 1 if failed or list_faults(study) else 0


def _tell_outlook(declared: Plan, launcher: Launcher, console: Console, args: argparse.Namespace) -> int:
    launcher.check()
    planned = budgeted(_stage(declared, True, args))
    console.print(
        *outlook_lines(planned, due(planned, _chosen(planned, args.only)), launcher), sep="\n", soft_wrap=True
    )
    return 0


def _export(declared: Plan, registered: bool, launcher: Launcher, console: Console, args: argparse.Namespace) -> int:
    """Write what starts the trials that are due, registered as if they were started here."""
    stage = _stage(declared, registered, args)
    launcher.check()
    measure_costs(stage, launcher, console)
    planned = budgeted(stage)
    console.print(f"registered: sha256 {registration.register(planned, there(planned))}", soft_wrap=True)
    if todo := due(planned, _chosen(planned, args.only)):
        for moved in prepare(planned, todo):
            console.print(moved, soft_wrap=True)
        file = export_trials(todo, planned.folder, args.export, launcher)
        then = f"when they are finished: {in_words('report', args)}"
        console.print(f"{len(todo)} trials in {file}; {then}", soft_wrap=True)
    else:
        console.print("nothing is due: every trial is finished")
    return 0


def _stage(declared: Plan, registered: bool, args: argparse.Namespace) -> Plan:
    """The first stage with trials that are due; the last one, if there is none."""
    for planned in stages(declared):
        if due(planned, _chosen(planned, args.only)) or not registered:
            break
    return planned


def _train_stages(
    declared: Plan, registered: bool, launcher: Launcher, console: Console, args: argparse.Namespace
) -> list[Trial]:
    """Train the matrix; of a path one step after another, each as soon as it is known."""
    failed: list[Trial] = []
    limits = Limits(args.max_hours, args.max_trials, {})
    for planned in stages(declared):
        for line in cite(planned):
            console.print(line, soft_wrap=True)
        arms = _chosen(planned, args.only)
        if due(planned, arms) or not registered:  # its trials may all be another ablation's
            launcher.check()
            measure_costs(planned, launcher, console)
            failed += _train(budgeted(planned), arms, launcher, console, limits, args)
        if planned.ablation.tune:  # what tuned arms cost
            measure_costs(tuned(budgeted(planned)), launcher, console)
        registered = True
        if limits.reason:
            break
    return failed


def _train(
    planned: Plan,
    arms: Collection[str],
    launcher: Launcher,
    console: Console,
    limits: Limits,
    args: argparse.Namespace,
) -> list[Trial]:
    part = replace(planned, trials=tuple(_of(arms, planned.trials)))
    print_costs(part, launcher, _of(arms, first(planned)), console)
    from experiments.report import prospects  # scipy takes half a second

    console.print(*prospects.lines(planned), sep="\n", soft_wrap=True)
    console.print(f"registered: sha256 {registration.register(planned, there(planned))}\n", soft_wrap=True)
    limits.seconds = seconds_by_arm(planned, read_pace(planned))
    from experiments.report.states import watching

    shown = watching(planned, console) if args.watch else nullcontext(console)
    with limits.heeding_signals(), shown as lines:
        failed = train_rounds(planned, arms, launcher, lines, limits, args.retry)
    if limits.reason and due(tuned(planned), arms):
        if limits.reason == INTERRUPTED:
            raise UserError(STOPPED)
        ledger.note_stop(planned.folder / LEDGER, limits.reason)
    return failed


def _chosen(planned: Plan, only: Sequence[str] | None) -> set[str]:
    """The arms to train.

    Raises:
        UserError: If one is not of this ablation.
    """
    names = [arm.name for arm in planned.arms]
    for name in only or ():
        if name not in names:
            raise UserError(f"--only: {planned.ablation.name} has no arm {name!r}{nearest(name, names)}")
    return planned.with_compared(only) if only else set(names)


def _of(arms: Collection[str], trials: Sequence[Trial]) -> list[Trial]:
    return [trial for trial in trials if trial.arm in arms]
