"""`trickbench predict FOLDER --run RUN`: what a trained model says of a folder of images."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from experiments.commands.arguments import folder
from experiments.errors import UserError


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench predict`."""
    parser = subparsers.add_parser(
        "predict",
        usage="trickbench predict FOLDER --run RUN [--out OUT] [--score SCORE]\n"
        "       trickbench predict --config CONFIG --ckpt_path CHECKPOINT [--KEY VALUE ...]",
        description="Predict all images in a folder, at their own size: masks, boxes or classes, and pictures of them. "
        "Images are prepared as the run's validation images were. With --config it is Lightning's command instead, "
        "over the config's test set: `trickbench predict --config CONFIG --help`.",
    )
    parser.add_argument("images", metavar="FOLDER", type=Path, help="folder of images, at any depth")
    parser.add_argument(
        "--run",
        dest="trained",
        metavar="RUN",
        type=Path,
        required=True,
        help="folder of a trial, such as runs/mine/fpn/seed-0, or of a fit; or a checkpoint",
    )
    parser.add_argument("--config", action="append", help="instead of FOLDER and --run: Lightning's command, see above")
    parser.add_argument("-o", "--out", type=folder, help="folder for predictions (default: predictions/FOLDER)")
    parser.add_argument("--score", type=float, default=0.3, help="draw boxes from this score on (default: 0.3)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Predict; 1 if an image could not be read.

    Raises:
        UserError: For a score that none can have.
    """
    if not 0 <= args.score <= 1:
        raise UserError(f"--score must lie in [0, 1], got {args.score}")
    out = args.out or Path("predictions") / args.images.resolve().name
    from experiments.trial.use.predict import predict_folder  # imports torch

    return predict_folder(args.images, args.trained, out, args.score)
