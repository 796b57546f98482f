"""What every data set of image files does: read them, and augment their geometry."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from torchvision import tv_tensors
from torchvision.transforms import v2


def read_pixels(path: Path, mode: str | None = None) -> NDArray[np.uint8]:
    """The pixels of an image file; a palette's indices, unless `mode` asks for its colours.

    Raises:
        ValueError: If it is no image, or cut off.
    """
    try:
        with Image.open(path) as image:
            return np.array(image if mode is None else image.convert(mode))
    except (UnidentifiedImageError, OSError, SyntaxError) as error:  # Pillow's for broken PNGs is SyntaxError
        raise ValueError(f"cannot read {path}: {error}") from error


def scale_crop_flip(
    size: tuple[int, int], mean: Sequence[float], random_scale: tuple[float, float], flip: float
) -> list[v2.Transform]:
    """Resize by a random factor, crop or pad to `size` at a random place, flip from left to right at random."""
    shortest, longest = (round(factor * min(size)) for factor in random_scale)
    fill = [round(255 * value) for value in mean]
    return [
        v2.RandomResize(max(shortest, 1), longest + 1),
        v2.RandomCrop(size, pad_if_needed=True, fill={tv_tensors.Image: fill, "others": 0}),
        v2.RandomHorizontalFlip(flip),
    ]
