"""When a camera took an image, and which it took one soon after the other."""

import functools
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from PIL import ExifTags, Image

CAMERAS = ("JPEG", "MPO", "TIFF")  # formats that cameras write, whose EXIF data stand before the pixels


def taken_at(image: Image.Image) -> float:
    """When a photo was taken, in seconds, by its EXIF data; NaN where a camera did not write them."""
    if image.format not in CAMERAS:
        return math.nan
    try:
        said = image.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
        return datetime.strptime(str(said).strip("\0 "), "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except (ValueError, OSError, SyntaxError):
        return math.nan


@functools.cache  # each split asks for all
def _taken(path: Path) -> float:
    try:
        with Image.open(path) as image:
            return taken_at(image)
    except OSError:  # whoever reads it whole says so
        return math.nan


def bursts(names: Sequence[str], files: Sequence[Path], seconds: float) -> list[str]:
    """What each image belongs to: the first of the photos that were taken one soon after the other, or itself.

    Args:
        names: The images' names.
        files: Where they lie.
        seconds: Between two photos of a burst, at most.

    Raises:
        ValueError: If no image says when it was taken.
    """
    groups, times = list(names), [_taken(file) for file in files]
    known = sorted((time, index) for index, time in enumerate(times) if not math.isnan(time))
    if not known:
        raise ValueError(f"burst goes by the times in EXIF data of photos; of {len(names)} images none has one")
    for (before, one), (after, other) in pairwise(known):
        if after - before <= seconds:
            groups[other] = groups[one]
    return groups
