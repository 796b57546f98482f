"""`trickbench export RUN`: a trained model as a file for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from experiments.commands.arguments import folder, positive
from experiments.errors import UserError

SUFFIXES = {"onnx": ".onnx", "torch": ".pt2"}


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench export`."""
    parser = subparsers.add_parser(
        "export",
        description="Write a trained model as ONNX or as a program of torch.export, for batches of images of any size, "
        "and check it against the model. Normalisation, size and classes are in the file's metadata.",
    )
    parser.add_argument(
        "trained",
        metavar="RUN",
        type=Path,
        help="folder of a trial, such as runs/mine/fpn/seed-0, or of a fit; or a checkpoint",
    )
    parser.add_argument("--format", choices=SUFFIXES, default="onnx", help="(default: onnx)")
    parser.add_argument("-o", "--out", type=Path, help="the file (default: model.onnx or model.pt2)")
    parser.add_argument("--images", type=folder, help="images to check it on (default: the run's validation images)")
    parser.add_argument(
        "--size",
        nargs=2,
        type=positive(int),
        metavar=("HEIGHT", "WIDTH"),
        help="of the images that it takes, for networks and programs that need one size (default: any)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Export.

    Raises:
        UserError: For a file whose name does not say what it is.
    """
    suffix = SUFFIXES[args.format]
    out = args.out or Path(f"model{suffix}")
    if out.suffix != suffix or out.is_dir():
        raise UserError(f"--out must be a file whose name ends in {suffix}, got {str(out)!r}")
    from experiments.trial.use.export import export_model  # imports torch

    return export_model(args.trained, args.format, out, args.images, args.size and tuple(args.size))
