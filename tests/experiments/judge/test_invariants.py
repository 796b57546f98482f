"""What must stay true of every verdict, whatever the data."""

import math
from statistics import mean, variance

import numpy as np
import pytest

from experiments.judge.verdicts import judge_arms
from tests.experiments.scores import GAIN, NAN, NOISE, against_baseline, judge, random_scores, runs


def numbers(verdict):
    return [value for value in vars(verdict).values() if isinstance(value, float)]


def test_shuffling_changes_nothing():
    scores = random_scores(tricks=9)
    rng = np.random.default_rng(1)
    expected = {verdict.arm: verdict for verdict in judge_arms(scores, baseline="baseline", sesoi=1)}
    for _ in range(5):
        shuffled = {
            str(arm): {int(seed): scores[arm][seed] for seed in rng.permutation(list(scores[arm]))}
            for arm in rng.permutation(list(scores))
        }
        found = judge_arms(shuffled, baseline="baseline", sesoi=1)
        assert {verdict.arm: verdict for verdict in found} == expected  # to the last bit
        assert [verdict.arm for verdict in found] == [arm for arm in shuffled if arm != "baseline"]


@pytest.mark.parametrize("seed", range(4))
def test_units_and_offsets_change_no_verdict(seed):
    scores = random_scores(seed=seed)
    scores["t0"][2] = NAN
    original = judge_arms(scores, baseline="baseline", sesoi=1)
    for factor, offset in [(100, 0), (1, 30), (0.01, -7)]:
        moved = {arm: {k: factor * v + offset for k, v in runs.items()} for arm, runs in scores.items()}
        found = judge_arms(moved, baseline="baseline", sesoi=factor, failure_value=offset)
        for one, other in zip(original, found, strict=True):
            assert (other.verdict, other.more_seeds) == (one.verdict, one.more_seeds)
            assert (other.p, other.plain_p) == pytest.approx((one.p, one.plain_p), rel=1e-6)
            assert other.low == pytest.approx(factor * one.low, rel=1e-6)


def test_lower_is_better_flips_the_sign():
    scores = random_scores()
    higher = judge_arms(scores, baseline="baseline", sesoi=1)
    lower = judge_arms(scores, baseline="baseline", sesoi=1, higher_is_better=False)
    negated = {arm: {seed: -value for seed, value in runs.items()} for arm, runs in scores.items()}
    assert lower == judge_arms(negated, baseline="baseline", sesoi=1)
    for up, down in zip(higher, lower, strict=True):
        assert (down.mean, down.low, down.p_above) == pytest.approx((-up.mean, -up.high, up.p_below))


def test_missing_seeds_leave_the_intersection():
    scores = against_baseline(GAIN, NOISE)
    del scores["t0"][3], scores["baseline"][1]
    scores["t0"][17] = 99.0
    gain, noise = judge_arms(scores, baseline="baseline", sesoi=0.5)
    assert gain.differences == ((0, 1.0), (2, 0.75), (4, 1.25))
    assert (gain.k, noise.k) == (3, 4)


def test_a_constant_difference_claims_no_certainty():
    steady, *_ = judge([2] * 5, NOISE, NOISE[::-1])
    assert steady.variance == pytest.approx(2 * variance(NOISE) * 8 / 12 / 6)
    assert 1e-3 < steady.p < 0.1
    assert math.isnan(steady.plain_p)
    (alone,) = judge([2] * 5)
    assert alone.verdict == "not estimable"
    assert math.isnan(alone.p)


def test_rounding_is_no_seed_noise():
    scores = {"baseline": runs([71.2, 0.7, 33.3]), "t": runs([71.6, 1.1, 33.7])}
    (found,) = judge_arms(scores, baseline="baseline", sesoi=0.5)
    assert len({d for _, d in found.differences}) > 1  # they differ in the last bit
    assert (found.verdict, found.sd) == ("not estimable", 0)


def test_random_studies_are_consistent():
    """The words agree with the intervals, and the intervals with p, whatever the data."""
    rng = np.random.default_rng(3)
    for study in range(25):
        tricks, seeds = int(rng.integers(1, 8)), int(rng.integers(2, 9))
        for found in judge_arms(random_scores(tricks, seeds, study), baseline="baseline", sesoi=1):
            assert all(map(math.isfinite, numbers(found)))
            assert found.mean == pytest.approx(mean(d for _, d in found.differences))
            assert found.verdict.startswith(("helps", "hurts")) == (found.p < found.alpha)
            inside = max(found.p_above, found.p_below) < 0.05
            assert (found.verdict == "equivalent" or "negligible" in found.verdict) == inside
            if found.verdict == "undecided":
                assert found.p_above >= 0.05
