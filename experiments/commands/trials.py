"""`trickbench trials`: every trial that was trained, and which ablations need it."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from experiments import lease
from experiments.declare.loader import Loader
from experiments.errors import UserError
from experiments.folder import State
from experiments.report.text import aligned, printable
from experiments.results.pool import Pooled, list_pooled

HEADER = ["trial", "state", "size", "metric", "cited by"]


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench trials`."""
    parser = subparsers.add_parser(
        "trials",
        description="List the trials under runs/trials, each with the ablations and arms that link to it.",
    )
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder for results (default: runs)")
    parser.add_argument(
        "--config",
        type=_setting,
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="only trials whose config says so; the end of a key is enough: lr=0.1, loss.class_path=Focal",
    )
    parser.add_argument("--seed", type=int, help="only trials of this seed")
    parser.add_argument("--prune", action="store_true", help="say which of them no ablation links to")
    parser.add_argument("--yes", action="store_true", help="with --prune: remove those")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List, or prune what no ablation links to.

    Raises:
        UserError: If there is no such trial, or something is to be removed that was not asked for.
    """
    if args.yes and not args.prune:
        raise UserError("--yes removes trials: it must follow --prune")
    asked = [*args.config, *([] if args.seed is None else [("seed_everything", args.seed)])]
    found = [each for each in list_pooled(args.runs) if all(each.has(key, value) for key, value in asked)]
    if not found:
        raise UserError(f"{args.runs} holds no {'such ' * bool(asked)}trial")
    console = Console(highlight=False, markup=False)
    if args.prune:
        _prune([each for each in found if not each.cited], args.yes, console)
    else:
        console.print(*aligned([HEADER, *map(_row, found)]), sep="\n", soft_wrap=True)
    return 0


def _setting(text: str) -> tuple[str, Any]:
    key, given, value = text.partition("=")
    try:
        return (key, yaml.load(value, Loader)) if key and given else _refuse(text)
    except yaml.YAMLError:
        return key, value


def _refuse(text: str) -> tuple[str, Any]:
    raise argparse.ArgumentTypeError(f"must be KEY=VALUE, got {text!r}")


def _row(each: Pooled) -> list[str]:
    cited = ", ".join(map(str, each.cited))
    return [each.folder.name, str(each.state), _size(each.bytes), each.score or "–", printable(cited) or "–"]


def _prune(unneeded: list[Pooled], yes: bool, console: Console) -> None:
    freed = 0
    for each in unneeded:
        size = each.bytes
        if each.state == State.RUNNING or (yes and not _remove(each.folder)):
            console.print(f"{each.folder} is being trained: it stays", soft_wrap=True)
            continue
        freed += size
        console.print(f"{'removed' if yes else 'would remove'} {each.folder}, {_size(size)}", soft_wrap=True)
    said = f"{_size(freed)} freed" if yes else f"{_size(freed)} would be freed; add --yes to remove them"
    console.print(said if freed else "nothing to remove: ablations link to all of them")


def _remove(folder: Path) -> bool:
    """Remove a folder unless another process holds it."""
    try:
        with lease.held(folder):
            shutil.rmtree(folder)
    except lease.Taken:
        return False
    return True


def _size(count: float) -> str:
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"
