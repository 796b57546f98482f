"""`trickbench data check`: faults, leaks and conditions of data, before anything is trained on them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.declare import configs
from experiments.declare.tricks import package_tricks
from experiments.errors import UserError
from experiments.files import check_folder, write_whole
from experiments.plan import own

if TYPE_CHECKING:
    from experiments.trial.data import Checked

MARKS = {"fault": "✗", "leak": "✗", "condition": "·"}
HEADS = {"fault": "faults", "leak": "leaks", "condition": "conditions"}


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench data`."""
    parser = subparsers.add_parser(
        "data",
        description="`data check` reads all data of a config and says what is wrong with them, what leaks between the "
        "splits, and which tricks claim to help under the conditions that they show. Exit status 1 where there are "
        "faults or leaks.",
    )
    parser.add_argument("action", choices=["check"], help="read everything once, and say what was found")
    parser.add_argument("config", nargs="+", help="config YAML: paths, or names in experiments/baselines")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found to this file too")
    parser.add_argument("--workers", type=_workers, help="processes that read (default: one a core)")
    parser.set_defaults(run=run)


def _workers(text: str) -> int:
    if not text.isdecimal() or int(text) > 1024:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 1024, got {text}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Say what was found; 1 if there are faults or leaks.

    Raises:
        UserError: For a config or folder that is not there, or data that cannot be opened.
    """
    layers = [configs.find("baselines", name) for name in args.config]
    if args.json:
        check_folder(args.json.parent)
    own.search(layers)
    from experiments.trial.data import check  # imports torch

    try:
        checked = check(layers, args.workers)
    except (ValueError, OSError) as error:
        raise UserError(str(error)) from error
    print("\n".join(_told(checked)))
    if args.json:
        with write_whole(args.json) as file:
            found = {**checked._asdict(), "findings": [each._asdict() for each in checked.findings]}
            json.dump(found, file, indent=2, ensure_ascii=False)
        print(f"wrote {args.json}")
    return 1 if any(each.kind != "condition" for each in checked.findings) else 0


def _told(checked: Checked) -> Iterator[str]:
    for split, images in checked.splits.items():
        shares = ", ".join(f"{name} {share:.1%}" for name, share in checked.shares[split].items())
        yield f"{split}: {images} images; {checked.counted}: {shares}"
    for kind, head in HEADS.items():
        found = [each for each in checked.findings if each.kind == kind]
        if found or kind != "condition":
            yield f"\n{head}: " + ("" if found else "none found")
        yield from (f"  {MARKS[kind]} {each.split}: {each.said}" for each in found)
    yield from _hypotheses(each.condition for each in checked.findings if each.condition)


def _hypotheses(conditions: Iterable[str]) -> Iterator[str]:
    """Tricks that claim to help under the conditions."""
    for condition in conditions:
        names = [trick.name for trick in package_tricks() if trick.about.holds_when == condition]
        if names:
            yield f"  under {condition} these claim to help: {', '.join(names)}; to test: tricks: [{', '.join(names)}]"
