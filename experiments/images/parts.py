"""A validation by its parts: classes, sizes of objects, boundaries, kinds of error."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.images import errors
from experiments.images.scored import by_class, mean, overlap
from experiments.images.store import Tables

SIZES = ("small", "medium", "large")
Part = tuple[str, str]
"""A family of parts, `class`, `size`, `place` or `error`, and which of them."""


def part_scores(tables: Tables) -> dict[Part, float]:
    """What each part scores, more is better; NaN where there is nothing to score.

    Of a segmentation: IoU of each class; of small, medium and large objects the mean share of pixels that are right;
    boundary IoU, a mean over classes, beside mIoU. Of a detection: AP of each class; the share of small, medium and
    large objects that are found at IoU 0.5; AP at IoU 0.5 that each kind of error costs, as a negative number. Of a
    classification: accuracy of each class.

    Small, medium and large are the thirds of the validation's objects by area. COCO's thresholds, 32² and 96² pixels,
    would leave sizes without any object in most other data, and whatever is left empty tells nothing.
    """
    task = str(tables["task"])
    with np.errstate(invalid="ignore", divide="ignore"):
        if task == "segmentation":
            return _classes(tables) | _sizes(*_seen(tables)) | _places(tables)
        if task == "detection":
            found = errors.found(tables)
            costs = {("error", name): -cost for name, cost in errors.costs(tables).items()}
            return costs | _sizes(tables["objects"]["area"], found) | _classes(tables)
    return _classes(tables)


def _classes(tables: Tables) -> dict[Part, float]:
    (values,) = by_class(tables, np.ones((1, len(tables["places"])))).tolist()
    return {("class", name): value for name, value in zip(tables["classes"].tolist(), values, strict=True)}


def _seen(tables: Tables) -> tuple[NDArray[np.uint32], NDArray[np.float64]]:
    objects = tables["objects"]
    return objects["pixels"], objects["right"] / objects["pixels"]


def _sizes(area: NDArray[Any], right: NDArray[Any]) -> dict[Part, float]:
    """The mean over each third of the objects by area; nothing where these are too few, or of one size."""
    if len(area) < len(SIZES) or len(bounds := np.unique(np.quantile(area, [1 / 3, 2 / 3]))) < 2:
        return {}
    third = np.searchsorted(bounds, area)
    return {("size", name): float(np.mean(right[third == k])) for k, name in enumerate(SIZES) if (third == k).any()}


def _places(tables: Tables) -> dict[Part, float]:
    within = {"boundaries": "boundary", "everywhere": "pixels"}
    return {("place", name): float(mean(overlap(tables[table].sum(0)))) for name, table in within.items()}
