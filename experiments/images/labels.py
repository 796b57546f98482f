"""What a segmentation gets right, counted for each image: by class, near boundaries, by object."""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Labels = NDArray[np.integer[Any]]
Where = NDArray[np.bool_]
BAND = 0.02  # of an image's diagonal
OBJECT = [("image", "u4"), ("class", "u2"), ("pixels", "u4"), ("right", "u4")]
BEYOND = 2**14  # a label that there is not
NEIGHBOURS: NDArray[np.int8] = np.zeros((3, 3, 3), np.int8)
NEIGHBOURS[1, 1, :] = NEIGHBOURS[1, :, 1] = 1  # by their edges, and of one image


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
    columns = ((truth, right), (predicted, of_predicted), (truth, of_truth))
    counted = [np.bincount((labels + offset)[where], minlength=len(truth) * classes) for labels, where in columns]
    return np.stack(counted, -1).reshape(len(truth), classes, 3).astype(np.uint32)


def near_boundary(labels: Labels, counted: Where) -> Where:
    """Pixels within 2 % of the diagonal from the contour of their own region, towards its inside.

    The band of boundary IoU (Cheng et al. 2021, "Boundary IoU", sec. 4, and its code: as many erosions by 3×3 as the
    rounded width says, one at least; the image's edge is a contour). A pixel that does not count makes none.

    Args:
        labels: Of pixels.
        counted: Pixels that count.

    Shape:
        (N, H, W), both → (N, H, W)
    """
    width = max(1, round(BAND * float(np.hypot(*labels.shape[1:]))))
    size, values = (1, 2 * width + 1, 2 * width + 1), labels.astype(np.int16)
    highest = ndimage.maximum_filter(np.where(counted, values, -1), size, mode="constant", cval=BEYOND)
    lowest = ndimage.minimum_filter(np.where(counted, values, BEYOND), size, mode="constant", cval=-1)
    inner: Where = (highest == values) & (lowest == values)
    return counted & ~inner


def objects(truth: Labels, right: Where, classes: Collection[int]) -> NDArray[np.void]:
    """The objects of some classes: pixels of one class in the truth that hang together by their edges.

    Args:
        truth: Labels of pixels.
        right: Pixels at which the prediction is right.
        classes: Whose regions are objects.

    Shape:
        (N, H, W), both → (objects,) of `OBJECT`
    """
    number, found = _regions(truth)
    pixels, hits = (np.bincount(each, minlength=found) for each in (number.ravel(), number[right]))
    place = np.zeros(found, np.int64)
    place[number.ravel()] = np.arange(truth.size)  # a pixel of each
    table = np.zeros(found, OBJECT)
    for name, column in zip(OBJECT, (place // truth[0].size, truth.ravel()[place], pixels, hits), strict=True):
        table[name[0]] = column
    return table[np.isin(table["class"], list(classes))]


def _regions(labels: Labels) -> tuple[NDArray[Any], int]:
    """The number of each pixel's region, from 0, and how many regions there are.

    All classes at once: the regions of a grid twice as fine, where between two pixels lies whether they are alike.
    """
    images, height, width = labels.shape
    alike = np.zeros((images, 2 * height - 1, 2 * width - 1), np.bool_)
    alike[:, ::2, ::2] = True
    alike[:, 1::2, ::2] = labels[:, 1:] == labels[:, :-1]
    alike[:, ::2, 1::2] = labels[:, :, 1:] == labels[:, :, :-1]
    number, found = ndimage.label(alike, NEIGHBOURS)
    return number[:, ::2, ::2] - 1, found
