"""A metric from what was counted in each image, over all of them or over samples of them."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.images.boxes import THRESHOLDS
from experiments.images.store import Tables

Floats = NDArray[np.float64]
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
    of_task: dict[str, Callable[[Tables, str, Floats], Floats | None]] = {
        "segmentation": _of_pixels,
        "classification": _of_labels,
        "detection": _of_boxes,
    }
    with np.errstate(invalid="ignore", divide="ignore"):
        return of_task[str(tables["task"])](tables, metric, times)


def overlap(totals: NDArray[Any]) -> Floats:
    """IoU by class from right, predicted and true pixels, NaN where a class never occurs.

    Shape:
        (…, classes, 3) → (…, classes)
    """
    right, predicted, true = np.moveaxis(totals.astype(np.float64), -1, 0)
    iou: Floats = right / (predicted + true - right)
    return iou


def mean(values: Floats) -> Floats:
    """Mean over the last axis of what is there, NaN where nothing is."""
    there = ~np.isnan(values)
    means: Floats = np.where(there, values, 0.0).sum(-1) / there.sum(-1)
    return means


def _of_pixels(tables: Tables, metric: str, times: Floats) -> Floats | None:
    pixels = tables["pixels"].astype(np.float64)
    totals = (times @ pixels.reshape(len(pixels), -1)).reshape(len(times), *pixels.shape[1:])
    if metric == "accuracy":
        accuracy: Floats = totals[..., 0].sum(-1) / totals[..., 2].sum(-1)
        return accuracy
    return _by_class(tables, metric, "miou", "iou/", overlap(totals))


def _of_labels(tables: Tables, metric: str, times: Floats) -> Floats | None:
    labels, right = tables["labels"], tables["labels"] == tables["predicted"]
    of_class = labels[:, None] == np.arange(len(tables["classes"]))
    if metric == "accuracy":
        accuracy: Floats = times @ (right & (labels >= 0)) / (times @ (labels >= 0))
        return accuracy
    return _by_class(tables, metric, "", "accuracy/", (times @ (of_class & right[:, None])) / (times @ of_class))


def _of_boxes(tables: Tables, metric: str, times: Floats) -> Floats | None:
    at = {"map50": [0], "map75": [5]}.get(metric, list(range(len(THRESHOLDS))))
    if metric not in ("map", "map50", "map75") and not metric.startswith("ap/"):
        return None
    objects, found = tables["objects"], tables["detections"]
    found = found[np.argsort(-found["score"], kind="stable")]
    precision = np.full((len(times), len(tables["classes"])), math.nan)
    for label in np.unique(objects["class"]):
        true = times[:, objects["image"][objects["class"] == label]].sum(1)
        own = found[found["class"] == label]
        right = [own["right_at"] >> each & 1 for each in at]
        precision[:, label] = np.mean([average_precision(hits, times[:, own["image"]], true) for hits in right], 0)
    return _by_class(tables, metric, metric if metric.startswith("map") else "", "ap/", precision)


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


def _by_class(tables: Tables, metric: str, average: str, prefix: str, values: Floats) -> Floats | None:
    """The mean over classes, or one class's, by the metric's name."""
    if metric == average:
        return mean(values)
    names = {f"{prefix}{name}": place for place, name in enumerate(tables["classes"].tolist())}
    return values[:, names[metric]] if metric in names else None
