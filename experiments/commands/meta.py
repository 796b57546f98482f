"""`trickbench meta`: what tricks do over several data sets."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from experiments.errors import UserError
from experiments.files import write_whole

ENDINGS = (".json", ".svg")


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench meta`."""
    parser = subparsers.add_parser(
        "meta",
        description="Pool the effect of each trick over the ablations in two or more bundles, one a data set: random "
        "effects by REML with intervals by Hartung and Knapp, and how far the studies differ. Tricks are the same if "
        "they change the same keys to the same values. What is pooled is each trick alone beside the baseline.",
    )
    parser.add_argument("bundles", type=Path, nargs="+", help="what `trickbench bundle` has written")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--out", type=Path, help="also write it to this file: a forest plot (.svg) or numbers (.json)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Pool, print, write.

    Raises:
        UserError: For bundles that cannot be pooled.
    """
    if args.out and args.out.suffix not in ENDINGS:
        raise UserError(f"--out must end in {' or '.join(ENDINGS)}, got {str(args.out)!r}")
    from experiments.report.meta.forest import write_forest
    from experiments.report.meta.pooled import pool_bundles
    from experiments.report.meta.text import json_text, lines

    meta = pool_bundles(args.bundles)
    print(json_text(meta) if args.format == "json" else "\n".join(lines(meta)), end="\n" * (args.format == "table"))
    if args.out and args.out.suffix == ".svg":
        write_forest(meta, args.out)
    elif args.out:
        with write_whole(args.out) as file:
            file.write(json_text(meta))
    return 0
