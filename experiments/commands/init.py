"""`trickbench init`: from a folder of images to a baseline and an ablation."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from experiments.errors import UserError
from experiments.files import write_whole

TASKS: dict[str | None, Any] = {name.lower(): name for name in ("Segmentation", "Detection", "Classification")}


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench init`."""
    parser = subparsers.add_parser(
        "init",
        description="Recognise how a folder of images with masks, boxes or classes is laid out, and write a baseline "
        "and an ablation for it. Trains nothing.",
    )
    parser.add_argument("folder", type=Path, help="the folder with the images and their labels")
    parser.add_argument("--out", type=Path, default=Path(), metavar="FOLDER", help="where to write; default: here")
    parser.add_argument("--task", choices=TASKS, help="which labels to take, where a folder has several kinds")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write `NAME_baseline.yaml` and `NAME.yaml`, after the folder's name.

    Raises:
        UserError: If no layout fits, or one of the files is there already.
    """
    name = args.folder.resolve().name or "data"
    files = {kind: args.out / f"{name}{kind}.yaml" for kind in ("_baseline", "")}
    if there := [file for file in files.values() if file.exists()]:
        raise UserError(f"{there[0]} is there already; move it away, or say --out FOLDER")
    if not args.out.is_dir():
        raise UserError(f"--out must be a folder that is there, got {args.out}")
    from experiments.trial.data.start import make_start  # imports torch

    begun = make_start(args.folder, files["_baseline"].name, TASKS.get(args.task))
    for line in begun.said:
        print(line)
    for kind, text in (("_baseline", begun.baseline), ("", begun.ablation)):
        with write_whole(files[kind]) as file:
            file.write(text)
        print(f"wrote {files[kind]}")
    mine = shlex.quote(str(files[""]))
    print(f"next: trickbench plan {mine} --cost, then: trickbench ablate {mine}")
    return 0
