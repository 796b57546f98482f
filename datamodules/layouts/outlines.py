"""The outlines of objects, and masks painted from them."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from faster_coco_eval.core import mask as coco
from numpy.typing import NDArray

Order = Literal["largest_first", "smallest_first", "as_listed"]
VOID = ""  # the name of what is ignored; a category's is never empty
SIGN = {"largest_first": -1, "smallest_first": 1, "as_listed": 0}  # of the area to sort by


class Outline(NamedTuple):
    """The pixels of an object."""

    name: str  # of its class
    pixels: Mapping[str, Any]  # run-length encoded, as COCO compresses them
    crowd: bool


class Outlines(NamedTuple):
    """The objects of an image."""

    size: tuple[int, int]  # height and width
    objects: list[Outline]

    def paint(self, labels: Mapping[str, int], ground: int, order: Order) -> NDArray[np.uint8]:
        """The label of each pixel, (H, W); what is painted later lies on top, and crowds lie below all else.

        Args:
            labels: Of each name; objects of other names are left out.
            ground: The label where no object is.
            order: In which objects are painted.
        """
        mask = np.full(self.size, ground, np.uint8)
        for each in sorted(self.objects, key=lambda each: (not each.crowd, SIGN[order] * int(coco.area(each.pixels)))):
            if each.name in labels:
                mask[coco.decode(each.pixels) > 0] = labels[each.name]
        return mask
