"""What errors of a detector cost, and that mending a kind of error takes away that cost alone."""

import numpy as np
import pytest

from experiments.images import boxes, errors
from experiments.images.parts import part_scores

BOX = np.array([10.0, 10.0, 30.0, 30.0])
FAR, NEAR = BOX + 60, BOX + np.array([0, 0, 30, 10])  # off the object; on it at IoU 1/3
KINDS = {  # what a detector makes of an object of class 0: detections, their classes
    "right": ([BOX], [0]),
    "class": ([BOX], [1]),
    "place": ([NEAR], [0]),
    "both": ([BOX, NEAR], [0, 1]),
    "duplicate": ([BOX, BOX + 1], [0, 0]),
    "background": ([BOX, FAR], [0, 0]),
    "missed": ([], []),
}


def tables(kinds: list[str]) -> dict[str, np.ndarray]:
    """An image for each kind, with one object of the first class, and one more with one of the second."""
    found, objects = [], []
    for image, kind in enumerate(kinds):
        made, labels = KINDS[kind]
        scores = 0.9 - 0.01 * image - 0.001 * np.arange(len(made))[:: 1 if kind == "duplicate" else -1]
        box, label = np.array(made).reshape(-1, 4), np.array(labels, int)
        found.append(boxes.detections(box, label, scores, BOX[None], np.array([0]), image))
        objects.append(boxes.objects(np.array([0]), np.array([400.0 + image]), image))
    objects.append(boxes.objects(np.array([1]), np.array([400.0]), len(kinds)))
    found.append(boxes.detections(BOX[None], np.array([1]), np.array([0.5]), BOX[None], np.array([1]), len(kinds)))
    return {
        "task": np.array("detection"),
        "classes": np.array(["a", "b"]),
        "places": np.arange(len(kinds) + 1, dtype=np.uint32),
        "objects": np.concatenate(objects),
        "detections": np.concatenate(found),
    }


@pytest.mark.parametrize("kind", list(KINDS)[1:])
def test_each_error_costs_where_it_is_and_nowhere_else(kind):
    costs = errors.costs(tables([kind, "right", "right", "right"]))
    assert set(costs) == set(errors.ERRORS)
    assert costs.pop(kind) > 0.01
    assert not any(costs.values())


def test_a_detector_without_errors():
    assert not any(errors.costs(tables(["right"] * 4)).values())
    assert errors.found(tables(["right", "missed"])).tolist() == [True, False, True]


def test_what_is_missed_everywhere_costs_the_class():
    assert errors.costs(tables(["missed", "missed"]))["missed"] == pytest.approx(0.5)  # one of two classes


def test_parts_of_a_detection():
    found = part_scores(tables(["right", "missed", "duplicate", "background"]))
    assert found["size", "small"] == 1
    assert found["size", "medium"] < 1
    assert found["error", "missed"] < 0
    assert found["class", "b"] == pytest.approx(1)


def crowded() -> dict[str, np.ndarray]:
    """Forty images with one to five objects of four classes, found twice each, often wrongly, and two more boxes."""
    rng, found, objects = np.random.default_rng(0), [], []
    for image in range(40):
        count = int(rng.integers(1, 6))
        corner, side = rng.uniform(0, 60, (count, 2)), rng.uniform(6, 30, (count, 2))
        truth, labels = np.concatenate([corner, corner + side], 1), rng.integers(0, 4, count)
        of = rng.integers(0, count, 2 * count)
        box = truth[of] + rng.normal(0, 3, (2 * count, 4))
        label = np.where(rng.random(2 * count) < 0.75, labels[of], rng.integers(0, 4, 2 * count))
        beside = rng.uniform(0, 60, (2, 2))
        box, label = (
            np.concatenate([box, np.concatenate([beside, beside + 12], 1)]),
            np.append(label, rng.integers(0, 4, 2)),
        )
        box[:, 2:] = np.maximum(box[:, 2:], box[:, :2] + 1)
        found.append(boxes.detections(box, label, rng.random(len(box)), truth, labels, image))
        objects.append(boxes.objects(labels, np.ones(count), image))
    known = {"classes": np.array(list("abcd")), "places": np.arange(40, dtype=np.uint32)}
    return {**known, "objects": np.concatenate(objects), "detections": np.concatenate(found)}


# Kind → what it costs, and how many there are, by tidecv 1.0.1: TIDERun(…, 0.5, 0.1, "bbox", 100).fix_main_errors().
TIDE = {
    "class": (0.061669029553810546, 31),
    "place": (0.1891376435669381, 66),
    "both": (0.02811497772467888, 35),
    "duplicate": (0.019027131913892673, 43),
    "background": (0.06271014425508803, 61),
    "missed": (0.03383917503531087, 13),
}


def test_costs_and_counts_are_those_of_the_authors_code():
    tables = crowded()
    costs = errors.costs(tables)
    counts = np.bincount(tables["detections"]["kind"], minlength=len(boxes.KINDS))
    assert costs == pytest.approx({kind: cost for kind, (cost, _) in TIDE.items()}, abs=1e-9)
    for kind, (_, count) in list(TIDE.items())[:-1]:
        assert counts[boxes.KINDS.index(kind)] == count
