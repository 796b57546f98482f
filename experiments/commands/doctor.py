"""`trickbench doctor`: what is here for trials, and whether each launcher trains."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from experiments.commands.arguments import folder
from experiments.declare.configs import nearest
from experiments.declare.settings import read_settings
from experiments.errors import UserError
from experiments.files import check_folder
from experiments.run import machine
from experiments.run.tryout import SECONDS, try_out

Named = dict[str, str | dict[str, Any]]  # a launcher's name → as an ablation names it


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench doctor`."""
    parser = subparsers.add_parser(
        "doctor",
        description="Tell which devices, memory, queues, packages and disk are found, then train a tiny ablation "
        "through each launcher that is here: about 20 s each. The exit code is 1 if one of them fails.",
    )
    parser.add_argument("--runs", type=folder, default=Path("runs"), help="folder for results (default: runs)")
    parser.add_argument("--launchers", nargs="*", metavar="NAME", help="try these alone; none at all, without a name")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Look, then try; 1 if a launcher that is here does not train.

    Raises:
        UserError: If the folder for results cannot hold any, or a launcher is not here.
    """
    console, tried = Console(highlight=False, markup=False, stderr=args.json), {}
    chosen = _chosen(_launchers(), args.launchers)
    check_folder(args.runs)
    found = machine.found(args.runs)
    if not args.json:
        _print(found, console)
    for name, launcher in chosen.items():
        with console.status(f"{name} trains four trials of a second; {SECONDS} s at most …"):
            tried[name] = try_out(launcher, args.runs)
        if not args.json:
            mark = "✓" if tried[name].worked else "✗"
            console.print(f"{mark} {name}: {tried[name].said}", soft_wrap=True)
    if args.json:
        launchers = {name: asdict(outcome) for name, outcome in tried.items()}
        print(json.dumps({"found": found, "launchers": launchers}, indent=1, ensure_ascii=False))
    return 0 if all(outcome.worked for outcome in tried.values()) else 1


def _print(found: dict[str, str], console: Console) -> None:
    width = max(map(len, found)) + 2
    for topic, said in found.items():
        console.print(f"{topic:<{width}}{said}", soft_wrap=True)
    console.print()


def _launchers() -> Named:
    """Those that are here; the one in the user's settings with its arguments."""
    return {name: name for name in _here()} | {_name(own): own for own in read_settings().values()}


def _chosen(known: Named, names: Sequence[str] | None) -> Named:
    for name in names or ():
        if name not in known:
            raise UserError(f"--launchers: {name!r} is not here{nearest(name, known)}")
    return known if names is None else {name: known[name] for name in names}


def _here() -> Iterator[str]:
    yield "Local"
    if machine.has_slurm():
        yield "Slurm"
    if machine.has_ray():
        yield "Ray"


def _name(launcher: str | dict[str, Any]) -> str:
    return launcher if isinstance(launcher, str) else str(launcher["class_path"])
