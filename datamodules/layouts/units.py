"""Boxes in other units than a layout has them."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from datamodules.layouts.annotations import Annotated, Corners

AsWritten = Callable[[Corners], Corners]


def corner_and_size(box: Corners) -> Corners:
    """Upper left corner, width and height of a box."""
    return box[0], box[1], box[2] - box[0], box[3] - box[1]


def refuse_wrong_units(images: Sequence[Annotated], as_written: AsWritten | None = None) -> None:
    """Refuse boxes that are shares of the image where pixels belong, or corners where a width and a height belong.

    Corners in disguise make boxes that reach far over the edge; that some do, and all would fit as corners, tells them.

    Args:
        images: The images of one split, with all their boxes.
        as_written: From the corners of a box to the four numbers of the file, where these are no corners.

    Raises:
        ValueError: If all boxes look so.
    """
    boxes = [(found.corners, image.size) for image in images for found in image.objects if found.corners is not None]
    if not boxes:
        return
    file = next(image.file for image in images if image.objects)
    corners, sizes = np.array([box for box, _ in boxes]), np.array([size[::-1] * 2 for _, size in boxes])
    if corners.max() <= 1 and sizes.min() > 1:
        raise ValueError(
            f"{file}: all {len(boxes)} boxes lie within 0 to 1, as shares of the image do; expected pixels"
        )
    if as_written is None:
        return
    over = ((corners / sizes)[:, 2:] > 1.02).any(1)
    written = np.array([as_written(box) for box, _ in boxes]) / sizes
    if over.mean() > 0.05 and _fit(written):
        raise ValueError(
            f"{file}: {over.sum()} of {len(boxes)} boxes reach over the edge, and as corners all would fit; expected"
            " a width and a height as the last two numbers, got x2 and y2?"
        )


def _fit(corners: NDArray[np.float64]) -> bool:
    low, high = corners[:, :2], corners[:, 2:]
    return bool((low < high).all() and (high <= 1.01).all())
