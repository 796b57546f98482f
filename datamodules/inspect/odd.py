"""Which images differ most from the others of their split: the first to look at."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from datamodules.inspect.split import Split

FAR = 3.5  # robust standard deviations from the median, from which on an image is odd (Iglewicz & Hoaglin 1993)
NORMAL = 1.4826  # of the median absolute deviation, to be a standard deviation where values are normal
Values = NDArray[np.float64]


class Odd(NamedTuple):
    """An image that differs.

    Args:
        place: In the split.
        why: In what, with its value and the median.
        far: In robust standard deviations.
    """

    place: int
    why: str
    far: float


def oddest(split: Split, classes: Sequence[str], unit: str) -> list[Odd]:
    """The images that are odd in something, each by what it is oddest in, the oddest first."""
    read, found = split.read, dict[int, Odd]()
    for what, values in _measured(split, classes, unit):
        median = float(np.median(values))
        spread = NORMAL * float(np.median(np.abs(values - median)))
        for each, value in zip(read, values.tolist(), strict=True):
            far = abs(value - median) / spread if spread else 0.0
            if far >= FAR and (each.index not in found or far > found[each.index].far):
                found[each.index] = Odd(each.index, f"{what} {value:.3g}, the median is {median:.3g}", far)
    return sorted(found.values(), key=lambda odd: -odd.far)


def _measured(split: Split, classes: Sequence[str], unit: str) -> Iterator[tuple[str, Values]]:
    """What is compared of each image."""
    read = split.read
    if len(read) < 3:
        return
    yield "brightness", np.array([each.thumb.mean() for each in read], np.float64)
    yield "contrast", np.array([each.thumb.std() for each in read], np.float64)
    if unit != "image":
        yield "objects", np.array([len(each) for each in split.objects], np.float64)
        yield "pixels across its largest object", np.array([each.max(initial=0) for each in split.objects], np.float64)
    if unit == "pixel":
        counts = np.array([each.labels for each in read if each.labels is not None], np.float64)
        shares = 100 * counts / counts.sum(1, keepdims=True).clip(min=1)
        yield from ((f"% of {name}", column) for name, column in zip([*classes, "ignored"], shares.T, strict=False))
