"""A metric from what was counted in each image, over all of them or over samples of them."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.images.boxes import THRESHOLDS
from experiments.images.store import Tables

Floats = NDArray[np.float64]
ALL = range(len(THRESHOLDS))
MEANS: dict[str, dict[str, Sequence[int]]] = {  # task → a mean over classes → at which thresholds
    "segmentation": {"miou": ALL},
    "classification": {},
    "detection": {"map": ALL, "map50": [0], "map75": [5]},
}
CLASSES = {"segmentation": "iou", "classification": "accuracy", "detection": "ap"}  # what is logged of each class
SHOWN = 0.3  # score from which on a detection counts where one image is looked at
RECALLS = np.linspace(0, 1, 101)  # at which COCO reads precision


def score(tables: Tables, metric: str, times: Floats) -> Floats | None:
    """A metric of the validation, with each image as often as it is said to be there.

    Args:
        tables: Of a validation, see `store`.
        metric: Its name without the split, such as miou or iou/road.
        times: How often each image counts, in each sample.

    Returns:
        One value a sample; None for a metric that cannot be told from the images.

    Shape:
        (samples, N) → (samples,)
    """
    task, (of_class, _, name) = str(tables["task"]), metric.partition("/")
    if metric == "accuracy" and task != "detection":
        return _accuracy(tables, times)
    if metric in MEANS[task]:
        return mean(by_class(tables, times, MEANS[task][metric]))
    if of_class == CLASSES[task] and name in (names := tables["classes"].tolist()):
        return by_class(tables, times)[:, names.index(name)]
    return None


def by_class(tables: Tables, times: Floats, at: Sequence[int] = ALL) -> Floats:
    """IoU of each class of a segmentation, accuracy of a classification, AP of a detection; NaN where there is none.

    Args:
        tables: Of a validation.
        times: How often each image counts, in each sample.
        at: Which of COCO's thresholds AP is the mean over.

    Shape:
        (samples, N) → (samples, classes)
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        if "pixels" in tables:
            return overlap(_totals(tables["pixels"], times))
        return _precision(tables, times, at) if "detections" in tables else _hits(tables, times)


def each(tables: Tables) -> Floats:
    """A score of each image, NaN where there is nothing to score.

    Of a segmentation mean IoU over the classes in it; of a classification whether it is right; of a detection, with
    boxes from a score of 0.3 on: right ones as a share of these, wrong ones and missed objects.

    Shape:
        → (N,)
    """
    if "labels" in tables:
        return (tables["labels"] == tables["predicted"]).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        if "pixels" in tables:
            return mean(overlap(tables["pixels"]))
        found, count = tables["detections"][tables["detections"]["score"] >= SHOWN], len(tables["places"])
        right, shown = (np.bincount(rows["image"], minlength=count) for rows in (found[found["kind"] == 0], found))
        shares: Floats = right / (shown + np.bincount(tables["objects"]["image"], minlength=count) - right)
    return shares


def overlap(totals: NDArray[Any]) -> Floats:
    """IoU by class from right, predicted and true pixels; NaN of a class that the truth lacks, predicted or not.

    Shape:
        (…, classes, 3) → (…, classes)
    """
    right, predicted, true = np.moveaxis(totals.astype(np.float64), -1, 0)
    iou: Floats = np.where(true > 0, right / (predicted + true - right), math.nan)
    return iou


def mean(values: Floats) -> Floats:
    """Mean over the last axis of what is there, NaN where nothing is."""
    there = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        means: Floats = np.where(there, values, 0.0).sum(-1) / there.sum(-1)
    return means


def _totals(pixels: NDArray[Any], times: Floats) -> Floats:
    """Whole numbers, so that the order in which they are added does not matter."""
    flat = pixels.reshape(len(pixels), -1).astype(np.float64)
    return (times @ flat).reshape(len(times), *pixels.shape[1:])


def _accuracy(tables: Tables, times: Floats) -> Floats:
    if "pixels" in tables:
        right, true = _totals(tables["pixels"].sum(1)[:, [0, 2]], times).T
    else:
        counted = tables["labels"] >= 0
        right, true = times @ (counted & (tables["labels"] == tables["predicted"])), times @ counted
    accuracy: Floats = right / true
    return accuracy


def _hits(tables: Tables, times: Floats) -> Floats:
    of_class = tables["labels"][:, None] == np.arange(len(tables["classes"]))
    hits: Floats = times @ (of_class & (tables["predicted"] == tables["labels"])[:, None]) / (times @ of_class)
    return hits


def _precision(tables: Tables, times: Floats, at: Sequence[int]) -> Floats:
    objects, found = tables["objects"], tables["detections"]
    found = found[np.argsort(-found["score"], kind="stable")]
    precision = np.full((len(times), len(tables["classes"])), math.nan)
    for label in np.unique(objects["class"]):
        true = times[:, objects["image"][objects["class"] == label]].sum(1)
        own = found[found["class"] == label]
        counts, right = times[:, own["image"]], [own["right_at"] >> each & 1 for each in at]
        precision[:, label] = np.mean([average_precision(hits, counts, true) for hits in right], 0)
    return precision


def average_precision(right: NDArray[np.integer[Any]], times: Floats, true: Floats) -> Floats:
    """COCO's average precision of a class at one threshold: over 101 recalls, 0 at those that are not reached.

    Args:
        right: Whether each detection is, the best first.
        times: How often each counts, in each sample.
        true: How many objects there are to find, in each sample; NaN comes of none.

    Shape:
        (n,), (samples, n), (samples,) → (samples,)
    """
    hits, all_found = np.cumsum(times * right, 1), np.cumsum(times, 1)
    precision = np.maximum.accumulate((hits / np.maximum(all_found, 1e-12))[:, ::-1], 1)[:, ::-1]
    precision = np.concatenate([precision, np.zeros((len(times), 1))], 1)
    recall = hits / true[:, None]
    places = np.stack([np.searchsorted(each, RECALLS - 1e-12) for each in recall])
    averages = np.take_along_axis(precision, places, 1).mean(1)
    return np.where(true > 0, averages, math.nan)
