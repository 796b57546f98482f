"""Kinds of detections, one by one; average precision is checked against COCO's in a trial."""

import numpy as np
import pytest

from experiments.images import boxes

TRUTH = np.array([[0, 0, 10, 10], [20, 0, 30, 10]], float)  # of classes 0 and 1
CASES = {
    "right": ([[0, 0, 10, 9]], [0], ["right"], [0]),
    "class": ([[0, 0, 10, 9]], [1], ["class"], [0]),
    "place": ([[0, 0, 10, 3]], [0], ["place"], [0]),
    "both": ([[0, 0, 10, 3]], [1], ["both"], [-1]),
    "background": ([[50, 50, 60, 60]], [0], ["background"], [-1]),
    "duplicate": ([[0, 0, 10, 9], [0, 0, 10, 10]], [0, 0], ["right", "duplicate"], [0, -1]),
    "the better score is right": ([[0, 0, 10, 10], [20, 0, 30, 9]], [0, 1], ["right", "right"], [0, 1]),
}


@pytest.mark.parametrize(("found", "classes", "kinds", "of"), CASES.values(), ids=CASES)
def test_each_kind(found, classes, kinds, of):
    scores = np.linspace(0.9, 0.5, len(found))
    table = boxes.detections(np.array(found, float), np.array(classes), scores, TRUTH, np.array([0, 1]), image=7)
    assert [boxes.KINDS[kind] for kind in table["kind"]] == kinds
    assert table["object"].tolist() == of
    assert set(table["image"].tolist()) == {7}


def test_right_at_the_thresholds_that_it_reaches():
    table = boxes.detections(np.array([[0, 0, 10, 7.6]]), np.array([0]), np.ones(1), TRUTH, np.array([0, 1]))
    assert table["right_at"].tolist() == [0b111111]  # IoU 0.76: 0.5 to 0.75


@pytest.mark.parametrize("objects", [0, 2])
def test_an_image_without_detections_or_objects(objects):
    none = np.zeros((0, 4)), np.zeros(0, int)
    assert len(boxes.detections(*none, np.zeros(0), TRUTH[:objects], np.arange(objects))) == 0
    if not objects:
        alone = boxes.detections(TRUTH, np.array([0, 1]), np.ones(2), *none)
        assert [boxes.KINDS[kind] for kind in alone["kind"]] == ["background"] * 2
