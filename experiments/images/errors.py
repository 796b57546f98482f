"""What each kind of error costs a detector."""

import math

import numpy as np
from numpy.typing import NDArray

from experiments.images.boxes import KINDS
from experiments.images.scored import average_precision
from experiments.images.store import Tables

ERRORS = (*KINDS[1:], "missed")


def found(tables: Tables) -> NDArray[np.bool_]:
    """Which objects a detection of their class has found, at an IoU from 0.5 on."""
    return np.isin(np.arange(len(tables["objects"])), _objects_of(tables, "right"))


def costs(tables: Tables) -> dict[str, float]:
    """AP at IoU 0.5 that each kind of error costs: how much higher it would be without.

    As TIDE has it (Bolya et al. 2020, sec. 2.3, and its code): of the detections of wrong class or place the best of
    each object that none has found becomes right, the others vanish as those of all other kinds do; what is missed,
    and is not within reach of such a detection, need not be found. AP is COCO's, a mean over the classes that there
    are; a class with nothing left to find counts 1.
    """
    detections, objects, classes = tables["detections"], tables["objects"], len(tables["classes"])
    kind, label, score = detections["kind"], detections["class"], detections["score"]
    right, true = kind == KINDS.index("right"), np.bincount(objects["class"], minlength=classes)
    best = _best(tables)
    now, without = _mean_ap(label, score, right, true), dict[str, float]()
    for error in KINDS[1:]:
        wrong = kind == KINDS.index(error)
        fixed = wrong & best
        turned = label.copy()
        turned[fixed] = objects["class"][_places(tables)[fixed]]
        kept = ~wrong | fixed
        without[error] = _mean_ap(turned[kept], score[kept], (right | fixed)[kept], true)
    in_reach = found(tables) | np.isin(np.arange(len(objects)), _places(tables)[best])
    to_find = np.bincount(objects["class"][in_reach], minlength=classes)
    without["missed"] = _mean_ap(label, score, right, true, to_find)
    return {error: ap - now for error, ap in without.items()}


def _places(tables: Tables) -> NDArray[np.int64]:
    """The row of each detection's object, −1 without one."""
    detections = tables["detections"]
    first = np.searchsorted(tables["objects"]["image"], detections["image"])
    return np.where(detections["object"] >= 0, first + detections["object"], -1)


def _objects_of(tables: Tables, kind: str) -> NDArray[np.int64]:
    return _places(tables)[tables["detections"]["kind"] == KINDS.index(kind)]


def _best(tables: Tables) -> NDArray[np.bool_]:
    """Which detections are, of those of wrong class or place, the best of an object that none has found."""
    places, kind = _places(tables), tables["detections"]["kind"]
    near = np.isin(kind, [KINDS.index("class"), KINDS.index("place")]) & ~np.isin(places, _objects_of(tables, "right"))
    rows = np.flatnonzero(near)
    rows = rows[np.argsort(-tables["detections"]["score"][rows], kind="stable")]
    _, first = np.unique(places[rows], return_index=True)
    return np.isin(np.arange(len(kind)), rows[first])


def _mean_ap(
    label: NDArray[np.uint16],
    score: NDArray[np.float32],
    right: NDArray[np.bool_],
    true: NDArray[np.int64],
    to_find: NDArray[np.int64] | None = None,
) -> float:
    """Mean over the classes that have objects; `to_find` are how many of them count."""
    order = np.argsort(-score, kind="stable")
    label, right = label[order], right[order]
    averages = []
    for each in np.flatnonzero(true):
        own, count = right[label == each], (true if to_find is None else to_find)[each]
        ap = average_precision(own.astype(np.int64), np.ones((1, len(own))), np.array([float(count)]))
        averages.append(float(ap[0]) if count else 1.0)
    return float(np.mean(averages)) if averages else math.nan
