"""`trickbench bundle`: an ablation and its report become one file."""

from __future__ import annotations

import argparse
from hashlib import sha256
from pathlib import Path
from typing import Any

from experiments.commands.arguments import add_ablation, planned_by

ENDING = ".bundle"


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench bundle`."""
    parser = subparsers.add_parser(
        "bundle",
        description="Write one file with all that the report on an ablation rests on, finished or not: registration, "
        "ledger, configs, results and metrics of its trials, costs, and the report. No checkpoints, and of the images "
        "those alone that the page shows. `trickbench verify` checks it on any machine; it is a tar, and where "
        "`tar -xf` has put its files `trickbench report ablation.yaml` works.",
    )
    add_ablation(parser)
    parser.add_argument("-o", "--out", type=Path, help=f"the file (default: NAME{ENDING} in the ablation's folder)")
    parser.add_argument(
        "--no-images", action="store_true", help="without those images, of which a licence may allow no copies"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write it; say what it holds and its hash."""
    from experiments.report.bundle.bundled import bundle

    plan = planned_by(args)
    out = args.out or plan.folder / f"{plan.ablation.name}{ENDING}"
    manifest = bundle(plan, out, pictures=not args.no_images)
    size, content = out.stat().st_size / 1e6, sha256(out.read_bytes()).hexdigest()
    print(f"{len(manifest.files)} files, {size:.2f} MB, SHA-256 {content}")
    print(out)
    return 0
