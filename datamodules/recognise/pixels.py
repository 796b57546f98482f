"""What is in a few image files, to tell masks from photos."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from datamodules.files.images import COLOURED, LOSSY, WHOLE

MANY = 64  # a mask holds no more numbers or colours
LOOKED_AT = 200  # masks whose numbers are read


def some(masks: Sequence[Path]) -> Sequence[Path]:
    """About as many as are looked at, from the first to the last."""
    return masks[:: max(len(masks) // LOOKED_AT, 1)]


def same_size(image: Path, mask: Path) -> bool:
    """Whether two files are of one size, upright or on their sides."""
    with Image.open(image) as one, Image.open(mask) as other:
        return sorted(one.size) == sorted(other.size)


def is_mask(path: Path) -> bool:
    """Whether a file holds few whole numbers or few colours, kept without loss."""
    try:
        with Image.open(path) as image:
            if str(image.format).lower() in LOSSY or image.mode not in {*WHOLE, *COLOURED}:
                return False
            return image.convert("RGB" if image.mode in COLOURED else "L").getcolors(MANY) is not None
    except (OSError, ValueError):
        return False


def is_whole(path: Path) -> bool:
    """Whether a file can be read to its end."""
    try:
        with Image.open(path) as image:
            image.load()
    except (OSError, SyntaxError, ValueError):  # the second of a PNG whose parts are broken
        return False
    return True


def is_coloured(mask: Path) -> bool:
    """Whether a file holds colours, and no palette."""
    with Image.open(mask) as image:
        return image.mode in ("RGB", "RGBA")
