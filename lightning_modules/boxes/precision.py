"""Precision at each recall, as COCO's evaluation defines it, for all images at once."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

IOUS = np.linspace(0.5, 0.95, 10)  # T thresholds
RECALLS = np.linspace(0, 1, 101)  # R thresholds
AREAS = np.array([[0, 1e10], [0, 32**2], [32**2, 96**2], [96**2, 1e10]])  # A ranges in pixels, both ends included
MOST = 100  # detections of one class in one image
BLOCK = 2**16  # pairs whose IoU is computed at once


class Objects(NamedTuple):
    """Boxes of all images, in the order of the images: detections or truth.

    Shape:
        image, label and area (N,); box (N, 4): the left and upper edge, width and height; score (N,), of detections.
    """

    image: Ints
    label: Ints
    box: Floats
    area: Floats
    score: Floats


def precisions(found: Objects, truth: Objects, classes: int) -> Floats:
    """The precision at each recall, for every IoU threshold, class and range of areas; -1 without such an object.

    As in COCOeval (Lin et al., 2014): detections of one class take, by falling score, the object of the greatest IoU
    that is not taken yet; one that takes an object of another area, or takes none and is of another area itself, counts
    neither way.

    Shape:
        → (T, R, classes, A)
    """
    order = np.lexsort((-found.score, found.label, found.image))
    found = _chosen(found, order[_ranks(_groups(found, classes)[order]) < MOST])
    truth = _chosen(truth, np.argsort(_groups(truth, classes), kind="stable"))
    ignored = _outside(truth.area)
    matched, counts = _matches(found, truth, ignored, classes)
    curves = np.full((len(IOUS), len(RECALLS), classes, len(AREAS)), -1.0)
    for label in range(classes):
        objects = (~ignored[truth.label == label]).sum(0)
        here = np.flatnonzero(found.label == label)
        here = here[np.argsort(-found.score[here], kind="stable")]
        for area in np.flatnonzero(objects):
            took, count = matched[here, :, area], counts[here, :, area]
            right, wrong = ((each & count).cumsum(0, dtype=np.int32) for each in (took, ~took))
            curves[:, :, label, area] = _interpolated(right, wrong, objects[area])
    return curves


def _chosen(objects: Objects, places: Ints) -> Objects:
    image, label, box, area, score = objects
    return Objects(image[places], label[places], box[places], area[places], score[places])


def _groups(objects: Objects, classes: int) -> Ints:
    """A number for each class in each image."""
    return objects.image * classes + objects.label


def _ranks(groups: Ints) -> Ints:
    """The place of each member within its group; groups are sorted."""
    return np.arange(len(groups)) - np.searchsorted(groups, groups)


def _outside(areas: Floats) -> Bools:
    """Which ranges an area is outside of; (N, A)."""
    result: Bools = (areas[:, None] < AREAS[:, 0]) | (areas[:, None] > AREAS[:, 1])
    return result


def _matches(found: Objects, truth: Objects, ignored: Bools, classes: int) -> tuple[Bools, Bools]:
    """Which detections take an object, and which count; each (N, T, A)."""
    shape = (len(IOUS), len(AREAS))
    matched, taken = np.zeros((len(found.score), *shape), bool), np.zeros((len(truth.area), *shape), bool)
    counts = np.broadcast_to(~_outside(found.area)[:, None], matched.shape).copy()
    detection, target, iou = _pairs(found, truth, classes)
    rank = _ranks(_groups(found, classes))[detection]
    for pairs in np.split(np.arange(len(iou)), np.searchsorted(rank, np.arange(1, MOST))):
        if len(pairs):
            free = (iou[pairs, None] >= IOUS)[..., None] & ~taken[target[pairs]]
            preferred = ~ignored[target[pairs], None] * len(iou) + pairs[:, None, None]  # above all that are ignored
            firsts = np.flatnonzero(np.diff(detection[pairs], prepend=-1))
            best = np.maximum.reduceat(np.where(free, preferred, -1), firsts)
            at, threshold, area = np.nonzero(best >= 0)
            taking = detection[pairs[firsts]][at]
            objects = target[best[at, threshold, area] % len(iou)]
            taken[objects, threshold, area] = matched[taking, threshold, area] = True
            counts[taking, threshold, area] = ~ignored[objects, area]
    return matched, counts


def _pairs(found: Objects, truth: Objects, classes: int) -> tuple[Ints, Ints, Floats]:
    """Detections and objects of one class in one image that overlap enough, and their IoU.

    Sorted by the detections' rank; of one detection by the IoU, and of the same IoU by the objects' place.
    """
    groups, of_truth = _groups(found, classes), _groups(truth, classes)
    first, last = (np.searchsorted(of_truth, groups, side) for side in ("left", "right"))
    until = np.cumsum(last - first)
    kept = []
    for block in np.split(np.arange(len(groups)), until.searchsorted(np.arange(BLOCK, until.max(initial=0), BLOCK))):
        many = (last - first)[block]
        detection = np.repeat(block, many)
        target = np.arange(len(detection)) - np.repeat(np.cumsum(many) - last[block], many)
        iou = _ious(found.box[detection], truth.box[target])
        near = iou >= IOUS[0]
        kept.append((detection[near], target[near], iou[near]))
    detection, target, iou = (np.concatenate(each) for each in zip(*kept, strict=True))
    order = np.lexsort((target, iou, detection, _ranks(groups)[detection]))
    return detection[order], target[order], iou[order]


def _ious(one: Floats, other: Floats) -> Floats:
    """The IoU of boxes (N, 4) with others."""
    ends = np.minimum(one[:, :2] + one[:, 2:], other[:, :2] + other[:, 2:])
    shared = (ends - np.maximum(one[:, :2], other[:, :2])).clip(min=0).prod(1)
    union = one[:, 2:].prod(1) + other[:, 2:].prod(1) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=shared > 0)


def _interpolated(right: NDArray[np.int32], wrong: NDArray[np.int32], objects: int) -> Floats:
    """The best precision at each recall or above.

    Shape:
        right and wrong, how many there are up to each detection (N, T) → (T, R)
    """
    precision = right / np.maximum(right + wrong, 1)
    best = np.zeros((len(right) + 1, len(IOUS)))  # the last of recalls that are not reached
    best[:-1] = np.maximum.accumulate(precision[::-1])[::-1]
    at = [np.searchsorted(recalls, RECALLS) for recalls in right.T / objects]
    return np.stack([each[places] for each, places in zip(best.T, at, strict=True)])
