"""Square parts of small grey pictures, as vectors that are compared by their products."""

import itertools
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from datamodules.inspect.facts import THUMB

BLUR = 9  # pixels at any size: what is coarser than this is no detail
PLAIN = 4.0  # grey levels: the standard deviation below which an image shows nothing to compare
SMALLEST = 48  # side of a cut

Floats = NDArray[np.float32]
Picture = NDArray[np.generic]


class Cut(NamedTuple):
    """A square part of an image: its side, and where it begins."""

    side: int
    top: int
    left: int


WHOLE = Cut(THUMB, 0, 0)


@cache
def grid(step: int) -> list[Cut]:
    """The cuts of three quarters of the side and more, on a grid."""
    return [
        Cut(side, top, left)
        for side in range(SMALLEST, THUMB + 1, step)
        for top, left in itertools.product(range(0, THUMB - side + 1, step), repeat=2)
    ]


@cache
def _array(step: int) -> NDArray[np.int64]:
    return np.array(grid(step))


def near(cut: NDArray[np.int64], far: int, step: int) -> NDArray[np.int64]:
    """The cuts on a grid that are at most so far from one, in size and in place; (n, 3)."""
    cuts: NDArray[np.int64] = _array(step)[(np.abs(_array(step) - cut) <= far).all(1)]
    return cuts


def summed(images: Sequence[Picture]) -> Floats:
    """Of each pixel the sum of all above and left of it: exact, since these are whole numbers below 2²⁴.

    Shape:
        n × (side, side) → (n, side + 1, side + 1)
    """
    return np.pad(np.stack(images).astype(np.float32).cumsum(1).cumsum(2), ((0, 0), (1, 0), (1, 0)))


def vectors(sums: Floats, cut: Cut, size: int) -> Floats:
    """The `detail` of a cut of each image at a smaller size."""
    edges = np.linspace(0, cut.side, size + 1).round().astype(int)
    areas: Any = np.diff(np.diff(sums[:, edges[:, None] + cut.top, edges + cut.left], axis=1), axis=2)
    return detail(areas / np.outer(np.diff(edges), np.diff(edges)).astype(np.float32))


def parts(sums: Floats, cuts: NDArray[np.int64], size: int) -> Floats:
    """Many cuts (n, 3) of one image at a smaller size."""
    edges = (cuts[:, :1] * np.linspace(0, 1, size + 1)).round().astype(int)
    rows, columns = edges + cuts[:, 1:2], edges + cuts[:, 2:]
    areas: Any = np.diff(np.diff(sums[rows[:, :, None], columns[:, None]], axis=1), axis=2)
    sizes = np.diff(edges)
    means: Floats = areas / (sizes[:, :, None] * sizes[:, None]).astype(np.float32)
    return means


def detail(means: Floats) -> Floats:
    """What pictures show beyond their coarse light and shade, which many of one kind share, as `standard` has it."""
    shows = means.std((1, 2), keepdims=True) > PLAIN
    return standard((means - ndimage.uniform_filter(means, (0, BLUR, BLUR))) * shows)


def standard(small: Floats) -> Floats:
    """Pictures as vectors of mean 0 and length 1, so that products are correlations; 0 of empty ones."""
    flat = small.reshape(len(small), -1)
    flat = flat - flat.mean(1, keepdims=True)
    found: Floats = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return found.astype(np.float32)
