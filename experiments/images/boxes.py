"""What a detector gets right and how it errs, for each image."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]

THRESHOLDS = np.linspace(0.5, 0.95, 10)  # COCO's
MOST = 100  # detections of a class in an image that COCO counts
FOREGROUND, BACKGROUND = 0.5, 0.1  # IoU from which on a box is right, and up to which it is beside everything
OBJECT = [("image", "u4"), ("class", "u2"), ("area", "f4")]
DETECTION = [("image", "u4"), ("class", "u2"), ("score", "f4"), ("kind", "u1"), ("object", "i4"), ("right_at", "u2")]
KINDS = ("right", "class", "place", "both", "duplicate", "background")  # of a detection, as `kind` counts them


def overlaps(one: Floats, other: Floats) -> NDArray[np.float64]:
    """IoU of each of the boxes with each of the others.

    Shape:
        (n, 4) and (m, 4), both x1, y1, x2, y2 → (n, m)
    """
    one, other = one[:, None].astype(np.float64), other[None].astype(np.float64)
    sides = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    shared = sides.clip(0).prod(-1)
    areas = [(box[..., 2:] - box[..., :2]).prod(-1) for box in (one, other)]
    return shared / np.maximum(areas[0] + areas[1] - shared, 1e-12)


def matched(iou: Floats) -> NDArray[np.int64]:
    """Which object each detection finds at each threshold: the best that no better detection has found, or −1.

    Args:
        iou: Of detections, the best first, with objects; 0 where the classes differ.

    Shape:
        (detections, objects) → (detections, 10)
    """
    found = np.full((len(iou), len(THRESHOLDS)), -1)
    free = np.ones((len(THRESHOLDS), iou.shape[1]), np.bool_)
    near = np.flatnonzero((iou >= THRESHOLDS[0] - 1e-10).any(1))
    for i in near:
        open_to = np.where(free, iou[i], -1.0)
        best = open_to.shape[1] - 1 - open_to[:, ::-1].argmax(1)  # of equals the last, as COCO's code has it
        hits = np.flatnonzero(open_to.max(1) >= THRESHOLDS - 1e-10)
        found[i, hits] = best[hits]
        free[hits, best[hits]] = False
    return found


def kinds(iou: Floats, same: NDArray[np.bool_], found: Ints) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """The kind of each detection at IoU 0.5: right, or one of five errors.

    TIDE's (Bolya et al. 2020, sec. 2.2, and its code), in its order: right class, but an IoU from 0.1 on with an
    object of it; on an object of another class; on one that a better detection has found; on nothing, at an IoU up to
    0.1; else wrong class and place.

    Args:
        iou: Of detections with objects.
        same: Whether their classes are one.
        found: The object that each detection found, or −1.

    Returns:
        The kind, an index of `KINDS`, and the object that the detection found, or could have found but for its class
        or place; −1 where there is none.

    Shape:
        (detections, objects), both, and (detections,) → (detections,), both
    """
    if not iou.shape[1]:
        return np.full(len(iou), KINDS.index("background"), np.uint8), np.full(len(iou), -1, np.int32)
    own, others = np.where(same, iou, 0.0), np.where(same, 0.0, iou)
    used = np.isin(np.arange(iou.shape[1]), found)
    rows = [
        (found >= 0, "right", found),
        ((own.max(1) >= BACKGROUND) & (own.max(1) <= FOREGROUND), "place", own.argmax(1)),
        (others.max(1) >= FOREGROUND, "class", others.argmax(1)),
        ((own * used).max(1) >= FOREGROUND, "duplicate", np.full(len(iou), -1)),
        (iou.max(1) <= BACKGROUND, "background", np.full(len(iou), -1)),
    ]
    holds = [row[0] for row in rows]
    kind = np.select(holds, [KINDS.index(row[1]) for row in rows], KINDS.index("both"))
    return kind.astype(np.uint8), np.select(holds, [row[2] for row in rows], -1).astype(np.int32)


def detections(
    boxes: Floats, labels: Ints, scores: Floats, truth: Floats, true_labels: Ints, image: int = 0
) -> NDArray[np.void]:
    """The detections of an image beside its objects: a row each, the best first, at most 100 of a class.

    Args:
        boxes: Of the detections, x1, y1, x2, y2.
        labels: Their classes.
        scores: Their scores.
        truth: Boxes of the objects.
        true_labels: Their classes.
        image: Number of the image.

    Returns:
        Rows of `DETECTION`: `kind` and `object` as `kinds` has them; `right_at` has a bit for each threshold at which
        the detection is right.

    Shape:
        (n, 4), (n,), (n,), (m, 4), (m,) → (n,)
    """
    order = np.argsort(-scores, kind="stable")
    order = order[_rank_in_class(labels[order]) < MOST]
    iou, same = overlaps(boxes[order], truth), labels[order][:, None] == true_labels
    found = matched(np.where(same, iou, 0.0))
    kind, found_at_half = kinds(iou, same, found[:, 0])
    right_at = ((found >= 0) << np.arange(len(THRESHOLDS))).sum(1)
    return _table(DETECTION, image, labels[order], scores[order], kind, found_at_half, right_at)


def objects(labels: Ints, areas: Floats, image: int = 0) -> NDArray[np.void]:
    """The objects of an image as rows of `OBJECT`.

    Shape:
        (m,), both → (m,)
    """
    return _table(OBJECT, image, labels, areas)


def _table(dtype: Sequence[tuple[str, str]], image: int, *columns: NDArray[Any]) -> NDArray[np.void]:
    table = np.zeros(len(columns[0]), list(dtype))
    table["image"] = image
    for (name, _), column in zip(dtype[1:], columns, strict=True):
        table[name] = column
    return table


def _rank_in_class(labels: Ints) -> NDArray[np.int64]:
    """How many of its class come before each."""
    rank = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        rank[labels == label] = np.arange(np.count_nonzero(labels == label))
    return rank
