"""Objects as a COCO file outlines them."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from faster_coco_eval.core import mask as coco

from datamodules.files.images import LARGEST
from datamodules.layouts.coco.file import Entry, document
from datamodules.layouts.outlines import VOID, Outline, Outlines

Crowd = Literal["void", "class", "leave_out"]
LEFT_OUT = "\0"  # the name of what is not painted


class Drawn(NamedTuple):
    """What a COCO file draws."""

    categories: tuple[str, ...]  # in the order of their ids
    images: dict[str, Outlines]  # by the names of their files
    without: list[str]  # places of the objects without an outline


def drawn(content: Any, crowd: Crowd) -> Drawn:
    """The images of a COCO file and the outlines in them; the box of an object that has none is void.

    Args:
        content: Of the file.
        crowd: What the pixels of a crowd are.

    Raises:
        ValueError: If an entry lacks what it must say or is broken, or entries contradict each other.
    """
    read = document(content)
    images = {key: Outlines(_whole(entry), []) for key, entry in read.images.items()}
    without = []
    for entry, image, name in read.objects():
        has = bool(entry.content.get("segmentation"))
        called = name if has else VOID
        if entry.content.get("iscrowd"):
            called = {"void": VOID, "class": called, "leave_out": LEFT_OUT}[crowd]
        pixels = _pixels(entry, images[image].size)
        images[image].objects.append(Outline(called, pixels, bool(entry.content.get("iscrowd"))))
        without += [] if has else [entry.place]
    by_name = {name: images[key] for key, name in read.files.items()}
    return Drawn(tuple(read.names.values()), by_name, without)


def _whole(image: Entry) -> tuple[int, int]:
    height, width = map(int, image.size())
    if not 1 <= min(height, width) <= max(height, width) <= LARGEST:
        raise ValueError(f"{image.place} must be of 1 to {LARGEST} pixels a side, got {width}×{height}")
    return height, width


def _pixels(entry: Entry, size: tuple[int, int]) -> Mapping[str, Any]:
    found = entry.content.get("segmentation") or [_rectangle(entry)]
    try:
        return _encoded(found if isinstance(found, dict) else _polygons(found), size)
    except (ValueError, RuntimeError, TypeError, KeyError) as error:
        raise ValueError(f"{entry.place}: segmentation is neither polygons nor a run-length code: {error}") from error


def _encoded(found: Any, size: tuple[int, int]) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        return coco.merge(coco.frPyObjects(found, *size))
    if list(found["size"]) != list(size):
        raise ValueError(f"it is of height and width {found['size']}, and its image of {list(size)}")
    coded = coco.frPyObjects(found, *size) if isinstance(found["counts"], list) else found
    coco.decode(coded)  # or it refuses: the counts must add up to the image
    return coded


def _polygons(found: Any) -> list[list[float]]:
    polygons = found if isinstance(found[0], list) else [found]  # some tools write a lone one without a list around
    for each in polygons:
        if len(each) < 6 or len(each) % 2 or not np.isfinite(np.array(each, float)).all():
            raise ValueError(f"a polygon must have x, y of three points or more, got {each!r:.80}")
    return [list(map(float, each)) for each in polygons]


def _rectangle(entry: Entry) -> list[float]:
    if (corners := entry.corners()) is None:
        raise ValueError(f"{entry.place} has neither a segmentation nor a bbox")
    x1, y1, x2, y2 = corners
    return [x1, y1, x2, y1, x2, y2, x1, y2]
