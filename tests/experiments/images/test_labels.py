"""Pixels counted for each image, beside plain loops over images and classes."""

import numpy as np
import pytest
from scipy import ndimage

from experiments.images import labels

VOID, CLASSES = 255, 4


@pytest.fixture
def masks() -> tuple[np.ndarray, np.ndarray]:
    """Truth with a corner of void, and a prediction that is a pixel off."""
    rng = np.random.default_rng(0)
    truth = np.kron(rng.integers(0, CLASSES, (3, 8, 10)), np.ones((1, 15, 12), int)).astype(np.uint8)
    predicted = np.roll(truth, 1, axis=2)
    truth[:, :20, :20] = VOID
    return truth, predicted


def test_pixels_are_those_of_loops(masks):
    truth, predicted = masks
    counted = truth != VOID
    found = labels.tally(truth, predicted, counted, counted, CLASSES)
    for image in range(3):
        for label in range(CLASSES):
            ours, theirs = (each[image] == label for each in (predicted, truth))
            expected = [(ours & theirs).sum(), (ours & counted[image]).sum(), theirs.sum()]
            assert found[image, label].tolist() == expected


def test_the_band_is_what_erosions_take_away(masks):
    _, whole = masks  # without void, as Cheng et al. have it
    width = round(0.02 * np.hypot(120, 120))
    band = labels.near_boundary(whole, np.ones_like(whole, bool))
    for image, near in zip(whole, band, strict=True):
        for label in range(CLASSES):
            inside = image == label
            kept = ndimage.binary_erosion(inside, np.ones((3, 3)), iterations=width)
            assert (near & inside == inside & ~kept).all()


def test_void_has_no_boundary():
    image = np.zeros((1, 60, 60), np.uint8)
    image[0, 25:35, 25:35] = VOID
    near = labels.near_boundary(image, image != VOID)
    assert near.sum() == 60**2 - 56**2  # the edge of the image alone


def test_objects_are_regions_of_one_class(masks):
    truth, predicted = masks
    found = labels.objects(truth, truth == predicted, range(1, CLASSES))
    expected = []
    for image in range(3):
        for label in range(1, CLASSES):
            number, count = ndimage.label(truth[image] == label)
            for k in range(1, count + 1):
                inside = number == k
                right = (predicted[image] == label) & inside
                expected.append((image, label, int(inside.sum()), int(right.sum())))
    assert sorted(found.tolist()) == sorted(expected)
    assert len(expected) > 20


def test_a_width_below_a_pixel_is_one():
    near = labels.near_boundary(np.zeros((1, 8, 8), np.uint8), np.ones((1, 8, 8), bool))
    assert near.sum() == 64 - 36
