"""`trickbench check`: the contract of a slot, run on a class of one's own."""

from __future__ import annotations

import argparse
import json
from typing import Any

from experiments.errors import UserError
from experiments.plan import own


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench check`."""
    parser = subparsers.add_parser(
        "check",
        description="Run what must hold for every block, head, backbone, loss, rewrite, schedule, decay, "
        "parameter rule, optimizer, data module or callback on one class, and print what holds and what does not.",
    )
    parser.add_argument("cls", metavar="CLASS", help="import path, such as my_package.MyBlock, or a short name: FPN")
    parser.add_argument("--arguments", default="{}", help="JSON of constructor arguments, where defaults do not do")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check a class; 1 if something does not hold.

    Raises:
        UserError: For an unknown class, one that fills no slot with a contract, or arguments that are not a mapping.
    """
    try:
        arguments = json.loads(args.arguments)
    except ValueError as error:
        raise UserError(f"--arguments must be JSON ({error}), got {args.arguments!r}") from error
    if not isinstance(arguments, dict):
        raise UserError(f"--arguments must be a mapping, such as '{{\"channels\": 8}}', got {args.arguments}")
    own.search([])
    from experiments.trial.check import check_class  # imports torch

    slot, found = check_class(args.cls, arguments)
    print(f"{args.cls} as {slot}:")
    faults = 0
    for each in found:
        print(f"  {'✗' if each.fault else '✓'} {each.promise}" + (f"\n      {each.fault}" if each.fault else ""))
        faults += bool(each.fault)
    print(f"{faults} of its promises {'does' if faults == 1 else 'do'} not hold" if faults else "all of them hold")
    return 1 if faults else 0
