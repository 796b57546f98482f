"""Arguments of every command about an ablation."""

import argparse
import math
import os
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from experiments import tracking
from experiments.declare import configs
from experiments.declare.ablation import read_ablation
from experiments.folder import State
from experiments.plan.planned import Plan
from experiments.plan.trials import make_plan
from experiments.results.tuning import tuned
from experiments.run.budgets import budgeted
from experiments.run.launchers.choose import choose_launcher
from experiments.run.launchers.launcher import Demand, Launcher
from experiments.steer.path import known

RETRIES = 2
RUNS = Path("runs")
Number = TypeVar("Number", int, float)


def folder(text: str) -> Path:
    """A folder, there or still to be made.

    Raises:
        argparse.ArgumentTypeError: If it is a file.
    """
    if os.path.isfile(text):
        raise argparse.ArgumentTypeError(f"must be a folder, got the file {text}")
    return Path(text)


def add_ablation_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the ablation, `--data`, `--runs` and `--jobs`."""
    add_ablation(parser)
    parser.add_argument("--jobs", type=_jobs, help="trials at a time (default: as many as GPUs or CPUs allow)")


def add_ablation(parser: argparse.ArgumentParser) -> None:
    """Add the ablation, `--data` and `--runs`."""
    parser.add_argument("ablation", help="ablation YAML: a path, or a name in experiments/ablations")
    parser.add_argument("--data", type=folder, help="folder of its data, in the place of data.init_args.root")
    parser.add_argument("--runs", type=folder, default=RUNS, help="folder for results (default: runs)")


def add_launcher(parser: argparse.ArgumentParser) -> None:
    """Add `--launcher`."""
    parser.add_argument(
        "--launcher",
        metavar="NAME",
        help="what starts trials: Local, Slurm, Ray, {class_path: …, init_args: {…}} or a YAML of it (default: Local)",
    )


def add_wandb(parser: argparse.ArgumentParser, help: str, default: str | bool = tracking.PROJECT) -> None:
    """Add `--wandb`, with or without a project."""
    kind, name = tracking.project, "[ENTITY/]PROJECT"
    parser.add_argument("--wandb", nargs="?", const=default, type=kind, metavar=name, help=help)


def in_words(command: str, args: argparse.Namespace) -> str:
    """Another command about the same ablation, its data and its results, to be typed into a shell."""
    options = {"--data": args.data, "--runs": None if args.runs == RUNS else args.runs}
    words = [str(word) for option, value in options.items() if value for word in (option, value)]
    return shlex.join(["trickbench", command, args.ablation, *words])


def declared_by(args: argparse.Namespace, wandb: str = "") -> Plan:
    """The plan of the ablation that a command is given, with lengths and settings as far as they are known.

    Args:
        args: Of the command.
        wandb: Project of W&B that its trials are logged to.

    Raises:
        UserError: If no plan can be made of it.
    """
    ablation = replace(read_ablation(args.ablation), wandb=wandb)
    if args.data:
        lies = {"data": {"init_args": {"root": str(args.data.resolve())}}}
        ablation = replace(ablation, set=configs.merge(ablation.set, lies))
    return tuned(budgeted(make_plan(ablation, args.runs)))


def planned_by(args: argparse.Namespace) -> Plan:
    """The same; that of a path has grown as far as its results decide.

    Raises:
        UserError: If no plan can be made of it.
    """
    return known(declared_by(args))


def launcher_for(planned: Plan, jobs: int | None, launcher: str | None = None) -> Launcher:
    """The launcher that fits the devices and threads of the ablation's trials.

    Raises:
        UserError: If there is no such launcher, or it has not what a trial asks for.
    """
    trainers = [arm.merged.get("trainer", {}) for arm in planned.arms]
    demand = Demand(trainers, planned.ablation.threads, len(planned.trials), planned.folder)
    return choose_launcher(planned.ablation, launcher, demand, jobs=jobs)


def positive(kind: Callable[[str], Number]) -> Callable[[str], Number]:
    """Reads a number above 0."""

    def read(text: str) -> Number:
        try:
            value = kind(text)
        except ValueError:
            value = kind("0")
        if not 0 < value < math.inf:
            whole = "whole " if kind is int else ""
            raise argparse.ArgumentTypeError(f"must be a {whole}number above 0, got {text!r}")
        return value

    return read


def _jobs(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, got {text!r}")
    return int(text)


def retries(text: str) -> int:
    """How often trials of a state are tried again, by its name."""
    if text != State.FAILED:
        why = "; a diverged trial has its result and is never tried again" if text == State.DIVERGED else ""
        raise argparse.ArgumentTypeError(f"must be {State.FAILED}, got {text!r}{why}")
    return RETRIES
