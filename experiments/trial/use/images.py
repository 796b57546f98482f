"""Folders of images in, folders of predictions out."""

from pathlib import Path

from datamodules.patterns import SUFFIXES, images_below
from experiments.errors import UserError
from experiments.files import check_place

DRAWN, MASKS = "overlays", "masks"  # folders of predictions


def find_images(folder: Path) -> list[str]:
    """The images in a folder and below it, by their paths seen from it; hidden ones are left out.

    Raises:
        UserError: If there is no such folder, or it has none.
    """
    if not folder.is_dir():
        raise UserError(
            f"{folder} {'must be a folder, got a file' if folder.exists() else 'is not a folder that is here'}"
        )
    names = sorted(path.relative_to(folder).as_posix() for path in images_below(folder))
    if not names:
        raise UserError(f"{folder} holds no images; expected files ending in {', '.join(sorted(SUFFIXES))}")
    return names


def check_out(out: Path, folder: Path) -> None:
    """Refuse a folder for predictions that holds something already, or whose pictures would lie among the images.

    Raises:
        UserError: Says what would be right.
    """
    ours, theirs = out.resolve(), folder.resolve()
    if any((ours / name).is_relative_to(theirs) or theirs.is_relative_to(ours / name) for name in (DRAWN, MASKS)):
        raise UserError(f"--out {out} lies in the folder of images {folder}: the next run would take it for images")
    if out.is_dir() and any(out.iterdir()):
        raise UserError(f"--out {out} holds files already; name another folder, or remove it")
    check_place(out)
