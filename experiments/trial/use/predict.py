"""`trickbench predict FOLDER --run RUN`: what a trained model says of anybody's images."""

import sys
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import track

import lightning_modules
from datamodules.files.images import read_image
from experiments.files import read_json
from experiments.folder import RESULT, State
from experiments.trial import train
from experiments.trial.use.answers import answers_of
from experiments.trial.use.images import check_out, find_images
from lightning_modules.trained import find


def predict_folder(folder: Path, run: Path, out: Path, least: float) -> int:
    """Predict all images of a folder.

    Args:
        folder: Of the images, at any depth.
        run: The folder of a trial or of a fit, or a checkpoint.
        out: Where predictions go.
        least: Score from which on a box is drawn.

    Returns:
        What `train.guarded` says; 1 where an image could not be read.
    """
    skipped: list[str] = []
    return train.guarded(lambda: skipped.extend(_predict(folder, run, out, least))) or int(bool(skipped))


def _predict(folder: Path, run: Path, out: Path, least: float) -> list[str]:
    """The images that could not be read."""
    names = find_images(folder)
    check_out(out, folder)
    model = loaded(run)
    answers, skipped = answers_of(model, out, least), []
    console = Console(stderr=True)
    for name in track(names, "", console=console, disable=not console.is_terminal, transient=True):
        try:
            image = read_image(folder / name)
        except ValueError as error:
            print(f"trickbench: skipped: {' '.join(str(error).split())}", file=sys.stderr)
            skipped.append(name)
        else:
            answers.add(name, image)
    answers.finish(run=str(run), checkpoint=str(find(run)[1]), skipped=skipped)
    print(f"{len(names) - len(skipped)} images{f', {len(skipped)} skipped' if skipped else ''}\n{out}")
    return skipped


def loaded(run: Path) -> Any:
    """The model of a run, where there is an accelerator on it; says so where its weights are not what a score is of."""
    model = lightning_modules.load(run)
    config, checkpoint = find(run)
    status = (read_json(config.parent / RESULT) or {}).get("status")
    if status != State.DONE:
        ended = "its training diverged" if status == State.DIVERGED else "its training has not ended"
        print(
            f"trickbench: {run}: {ended}; these are the weights of its last checkpoint, {checkpoint}", file=sys.stderr
        )
    device = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    return model.to(device or "cpu")
