"""Arguments of every command about an ablation."""

import argparse
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from experiments.declare.ablation import read_ablation
from experiments.plan.arms import Plan
from experiments.plan.trials import make_plan
from experiments.run.budgets import budgeted
from experiments.run.launchers.devices import devices_for, gpus_for
from experiments.run.launchers.local import Local

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
    """Add the ablation, `--runs` and `--jobs`."""
    parser.add_argument("ablation", help="ablation YAML: a path, or a name in experiments/ablations")
    parser.add_argument("--runs", type=folder, default=Path("runs"), help="folder for results (default: runs)")
    parser.add_argument("--jobs", type=_jobs, help="trials at a time (default: as many as GPUs or CPUs allow)")


def planned_by(args: argparse.Namespace) -> Plan:
    """The plan of the ablation that a command is given, with the lengths of its trials as far as they are known.

    Raises:
        UserError: If no plan can be made of it.
    """
    return budgeted(make_plan(read_ablation(args.ablation), args.runs))


def launcher_for(planned: Plan, jobs: int | None) -> Local:
    """The launcher that fits the devices and threads of the ablation's trials.

    Raises:
        UserError: If a trial asks for devices that are not there.
    """
    trainers = [planned.merged(arm).get("trainer", {}) for arm in planned.arms]
    gpus = gpus_for(trainers)
    at_once = None if jobs is None else min(jobs, len(planned.trials))
    return Local(at_once, devices_for(trainers, gpus), planned.ablation.threads, gpus)


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
