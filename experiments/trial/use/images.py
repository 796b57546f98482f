"""Folders of images in, folders of predictions out."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path, PurePath

from datamodules.files.images import SUFFIXES
from datamodules.layouts.patterns import images_below
from experiments.errors import UserError
from experiments.files import check_place

DRAWN, MASKS = "overlays", "masks"  # folders of predictions
MASK = re.compile(
    r"(^|[_-])(masks?|labels?|annotations?|gt)$", re.IGNORECASE
)  # how names of masks or their folders end


def find_images(folder: Path) -> list[str]:
    """The images in a folder and below it, by their paths seen from it; hidden ones and their masks are left out.

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
    if masks := _masks(names):
        print(f"trickbench: left out: {len(masks)} masks of images that are here, such as {masks[0]}", file=sys.stderr)
    return sorted({*names} - {*masks})


def _masks(names: Sequence[str]) -> list[str]:
    """Those that by name, or by their folder's, are the mask of another."""
    named = [name for name in names if MASK.search(PurePath(name).stem) or MASK.search(PurePath(name).parent.name)]
    images = {PurePath(name).stem for name in {*names} - {*named}}
    return [name for name in named if MASK.sub("", PurePath(name).stem) in images]


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
