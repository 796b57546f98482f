"""The two sources of uncertainty, found again where they are known."""

import math

import numpy as np
import pytest

from experiments.judge.sampling import split_variance

SEEDS, IMAGES, SAMPLES = 5, 60, 100
SEED, IMAGE, REST = 0.6, 2.0, 3.0  # standard deviations of a seed, of an image, and of an image on a seed


def simulated(rng: np.random.Generator, images: int = IMAGES) -> tuple[np.ndarray, np.ndarray]:
    """Differences over seeds as their mean over images, and on resampled images."""
    each = rng.normal(0, SEED, (SEEDS, 1)) + rng.normal(0, IMAGE, images) + rng.normal(0, REST, (SEEDS, images))
    times = rng.multinomial(images, np.full(images, 1 / images), SAMPLES)
    return each.mean(1), times @ each.T / images


def test_known_variances_are_found():
    rng = np.random.default_rng(0)
    found = [split_variance(*simulated(rng)) for _ in range(400)]
    over_seeds = SEED**2 + REST**2 / IMAGES
    assert np.mean([each.seeds**2 for each in found]) == pytest.approx(over_seeds / SEEDS, rel=0.06)
    images = (IMAGE**2 + REST**2 / SEEDS) / IMAGES
    assert np.mean([each.images**2 for each in found]) == pytest.approx(images, rel=0.06)
    shared = np.mean([each.shared * each.seeds**2 * SEEDS for each in found])
    assert shared == pytest.approx(REST**2 / IMAGES, rel=0.1)


def test_both_together_are_what_other_seeds_on_other_images_differ_by():
    rng = np.random.default_rng(1)
    drawn = [simulated(rng) for _ in range(400)]
    told = np.mean([split_variance(*each).both ** 2 for each in drawn])
    assert told == pytest.approx(np.var([differences.mean() for differences, _ in drawn]), rel=0.15)


def test_the_spread_on_more_images_is_foretold():
    rng = np.random.default_rng(2)
    foretold = np.mean([(found := split_variance(*simulated(rng))).spread(4) ** 2 * found.seeds**2 for _ in range(400)])
    many = np.mean([split_variance(*simulated(rng, 4 * IMAGES)).seeds ** 2 for _ in range(400)])
    assert foretold == pytest.approx(many, rel=0.12)


def test_seeds_that_do_not_differ():
    same = np.tile(np.random.default_rng(0).normal(size=(50, 1)), 3)
    found = split_variance(np.full(3, 0.5), same)
    assert (found.seeds, found.shared, found.spread(4)) == (0, 0, 1)
    assert found.images == pytest.approx(same[:, 0].std(ddof=1))
    with pytest.raises(ValueError, match="two seeds and two samples at least, got 1 and 50"):
        split_variance(np.zeros(1), same[:, :1])
    assert math.isfinite(found.both)
