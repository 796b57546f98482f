"""Masks painted from the outlines of objects: what their layouts share."""

import warnings
from abc import ABC
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from datamodules.layouts.masks import MaskData
from datamodules.layouts.outlines import VOID, Order, Outlines
from datamodules.transforms.bare import IGNORE


class PaintedMasks(MaskData, ABC):
    """Segmentation data whose masks are painted. Subclasses set `classes` (see `with_ground`), and find the outlines.

    Args:
        root: The folder that holds the data.
        size: Height and width to resize to.
        background: The class of what no object covers; null if that is void.
        order: `largest_first`, `smallest_first`, or `as_listed` in the file; what is painted later lies on top.
        **others: The other arguments of `MaskData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range.
    """

    void: Sequence[str] = ()  # names whose pixels are ignored

    def __init__(self, root: str, size: tuple[int, int], background: str | None, order: Order, **others: Any) -> None:
        super().__init__(root, size, **others)
        if order not in get_args(Order):
            raise ValueError(f"order must be one of {', '.join(get_args(Order))}, got {order!r}")
        self.background, self.order = background, order

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The label of each name."""
        return {name: label for label, name in enumerate(self.classes)} | dict.fromkeys([*self.void, VOID], IGNORE)

    def read_labels(self, truth: Outlines) -> NDArray[np.uint8]:
        """The objects of an image, painted."""
        ground = IGNORE if self.background is None else self.numbers[self.background]
        return truth.paint(self.numbers, ground, self.order)

    def with_ground(self, names: Iterable[str]) -> tuple[str, ...]:
        """The background, if it is a class, and these names."""
        return tuple(dict.fromkeys([*([] if self.background is None else [self.background]), *names]))


def warn_of_boxes(place: str, images: Iterable[Outlines], boxes: Sequence[str]) -> None:
    """Say how many of the objects at a place are boxes alone, if any are, and where the first stands."""
    if boxes:
        total = sum(len(each.objects) for each in images)
        said = f"{len(boxes)} of {total} objects have no outline, and their boxes are ignored"
        warnings.warn(f"{place}: {said}; the first: {boxes[0]}", stacklevel=3)
