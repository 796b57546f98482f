"""What a segmentation gets right, counted for each image: by class, near boundaries, by object."""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

Labels = NDArray[np.integer[Any]]
Where = NDArray[np.bool_]
BAND = 0.02  # of an image's diagonal
OBJECT = [("image", "u4"), ("class", "u2"), ("pixels", "u4"), ("right", "u4")]


def tally(truth: Labels, predicted: Labels, of_truth: Where, of_predicted: Where, classes: int) -> NDArray[np.uint32]:
    """Pixels of each image and class: right ones, predicted ones and true ones.

    Args:
        truth: Labels of pixels.
        predicted: The same.
        of_truth: Pixels at which the truth counts.
        of_predicted: Pixels at which the prediction counts; a right one has to count in both.
        classes: How many there are.

    Shape:
        (N, H, W), all four → (N, classes, 3)
    """
    offset = (np.arange(len(truth)) * classes)[:, None, None]
    right = of_truth & of_predicted & (truth == predicted)
    columns = ((truth + offset, right), (predicted + offset, of_predicted), (truth + offset, of_truth))
    counted = [np.bincount(codes[where], minlength=len(truth) * classes) for codes, where in columns]
    return np.stack(counted, -1).reshape(len(truth), classes, 3).astype(np.uint32)


def near_boundary(labels: Labels, counted: Where) -> Where:
    """Pixels within 2 % of the diagonal from the contour of their own region, towards its inside.

    The band of boundary IoU (Cheng et al. 2021, "Boundary IoU", sec. 4, and its code: as many erosions by 3×3 as the
    rounded width says, one at least; the image's edge is a contour). A pixel that does not count makes none.

    A window holds one label alone if no bit of it is both set and not set in there, which holds for all bits at once.

    Args:
        labels: Of pixels.
        counted: Pixels that count.

    Shape:
        (N, H, W), both → (N, H, W)
    """
    width = max(1, round(BAND * float(np.hypot(*labels.shape[1:]))))
    bits: NDArray[Any] = labels.astype(np.uint8 if labels.max() < 256 else np.uint16)
    sides = ((0, 0), (width, width), (width, width))
    seen = [
        _any(_any(np.pad(np.where(counted, each, 0), sides, constant_values=~bits.dtype.type(0)), width, 1), width, 2)
        for each in (bits, ~bits)
    ]
    return counted & (seen[0] & seen[1] != 0)


def _any(bits: NDArray[Any], width: int, axis: int) -> NDArray[Any]:
    """The bits that occur up to so many pixels away along an axis, which becomes shorter by as many at both ends."""
    bits, span = np.moveaxis(bits, axis, 0), 1
    while 2 * span <= 2 * width + 1:
        bits, span = bits[span:] | bits[:-span], 2 * span
    rest = 2 * width + 1 - span
    return np.moveaxis(bits[rest:] | bits[: len(bits) - rest], 0, axis)


def objects(truth: Labels, right: Where, classes: Collection[int]) -> NDArray[np.void]:
    """The objects of some classes: pixels of one class in the truth that hang together by their edges.

    They are put together from runs, the pixels of one label beside each other in a row.

    Args:
        truth: Labels of pixels.
        right: Pixels at which the prediction is right.
        classes: Whose regions are objects.

    Shape:
        (N, H, W), both → (objects,) of `OBJECT`
    """
    starts = np.ones(truth.shape, np.bool_)
    starts[..., 1:] = truth[..., 1:] != truth[..., :-1]
    first, found, number = np.flatnonzero(starts), *_joined(truth, starts)
    hits = np.add.reduceat(right.ravel(), first, dtype=np.int64)
    place = np.zeros(found, np.int64)
    place[number] = first  # a pixel of each
    table = np.zeros(found, OBJECT)
    table["image"], table["class"] = place // truth[0].size, truth.ravel()[place]
    table["pixels"] = np.bincount(number, np.diff(first, append=truth.size), minlength=found)
    table["right"] = np.bincount(number, hits, minlength=found)
    return table[np.isin(table["class"], list(classes))]


def _joined(labels: Labels, starts: Where) -> tuple[int, NDArray[np.int32]]:
    """How many regions the runs make up, and which region each belongs to."""
    run = starts.cumsum(dtype=np.int32).reshape(labels.shape) - 1
    # Two runs of one label that touch do so from where the later one starts.
    touch = (labels[:, 1:] == labels[:, :-1]) & (starts[:, 1:] | starts[:, :-1])
    edges, count = (run[:, 1:][touch], run[:, :-1][touch]), int(starts.sum())
    graph = sparse.coo_array((np.ones(len(edges[0]), np.bool_), edges), shape=(count, count))
    return csgraph.connected_components(graph, directed=False)
