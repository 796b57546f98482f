"""`trickbench verify`: whether a bundle is what it was, and its report follows from its results."""

from __future__ import annotations

import argparse
from hashlib import sha256
from pathlib import Path
from typing import Any

from experiments.report.text import printable


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench verify`."""
    parser = subparsers.add_parser(
        "verify",
        description="Check the hash of every file of a bundle, make its report once more from the results in it, and "
        "compare: every byte must be the same, and of a report by another version the numbers (verdicts.json, "
        "trials.csv). Needs neither the data nor the folder of the ablation, and runs nothing of it. No file can prove "
        "that its results are those of the trainings: compare the SHA-256 with one published.",
    )
    parser.add_argument("bundle", type=Path, help="what `trickbench bundle` has written")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check and compare.

    Returns:
        0, or 1 if a file is not as it was, or the report another one.
    """
    from experiments.report.bundle.bundled import others, verify

    manifest, wrong, otherwise = verify(args.bundle)
    different = others(manifest) if manifest.versions else ""
    made = [f"it was made by other versions: {different}"] * bool(different)
    more = [f"this version writes otherwise: {', '.join(otherwise)}; the numbers are the same"] * bool(otherwise)
    for line in [*wrong, *made, *([] if wrong else more)]:
        print(printable(line))
    if not wrong:
        names = ", ".join(name for path in manifest.report if (name := Path(path).name) not in otherwise)
        print(
            printable(
                f"{manifest.ablation}: {len(manifest.files)} files are as they were; recomputed to the byte: {names}"
            )
        )
        print(f"registered: SHA-256 {manifest.registration or 'nothing'}")
        if manifest.registered_there not in ("", manifest.registration):
            print(f"where it was trained, with the path of its data: SHA-256 {printable(manifest.registered_there)}")
    print(f"{printable(str(args.bundle))}: SHA-256 {sha256(args.bundle.read_bytes()).hexdigest()}")
    return int(bool(wrong))
