"""Runs that diverged or crashed count."""

import math

import numpy as np
import pytest
from scipy import stats

from experiments.judge.verdicts import judge_arms
from tests.experiments.scores import BASELINE, GAIN, NAN, NOISE, NOTHING, against_baseline, judge, random_scores, runs


def test_a_diverged_run_scores_the_failure_value():
    scores = against_baseline(GAIN, NOISE)
    scores["t0"][1] = NAN
    scores["t1"][1] = scores["baseline"][0] = math.inf
    gain, noise = judge_arms(scores, baseline="baseline", sesoi=0.5, failure_value=10)
    assert dict(gain.differences) == {0: BASELINE[0] + 1 - 10, 1: 10 - BASELINE[1], 2: 0.75, 3: 1, 4: 1.25}
    assert (gain.k, gain.diverged, gain.baseline_diverged, gain.verdict) == (5, 1, 1, "undecided")
    assert gain.complete is not None
    assert (gain.complete.k, gain.complete.mean) == (3, 1)
    low, high = stats.t.interval(0.95, 2, loc=1, scale=stats.sem([0.75, 1, 1.25]))
    assert (gain.complete.low, gain.complete.high) == pytest.approx((low, high))
    assert noise.diverged == 1


def test_a_gain_does_not_outshine_a_divergence():
    (found,) = judge([60, 60, 61, NAN, 60])
    assert found.mean > 0
    assert found.verdict == "unstable"


def test_divergence_everywhere_shows_nothing():
    scores = {"baseline": runs([NAN] * 3), "t": runs([NAN] * 3), **random_scores(3, 3)}
    scores["baseline"] = runs([NAN] * 3)
    found = judge_arms(scores, baseline="baseline", sesoi=1)[0]
    assert (found.arm, found.verdict) == ("t", "not estimable")


def test_a_lower_is_better_divergence_needs_a_failure_value():
    scores = {"baseline": runs([0.5, 0.6, 0.4]), "t": runs([0.3, NAN, 0.2])}
    with pytest.raises(ValueError, match="'t' diverged; a lower-is-better metric needs a failure value"):
        judge_arms(scores, baseline="baseline", sesoi=0.1, higher_is_better=False)
    options = {"higher_is_better": False, "failure_value": 2.0}
    (found,) = judge_arms(scores, baseline="baseline", sesoi=0.1, **options)
    assert dict(found.differences)[1] == pytest.approx(-1.4)


@pytest.mark.parametrize("value", [NAN, math.inf])
def test_a_failure_value_is_a_number(value):
    with pytest.raises(ValueError, match="failure value must be a finite number"):
        judge(GAIN, failure_value=value)


def test_a_crashed_trick_still_counts():
    scores = against_baseline(GAIN, NOTHING)
    found = judge_arms(scores, baseline="baseline", sesoi=0.5, tricks=["t1", "crashed", "t0"])
    assert [verdict.arm for verdict in found] == ["t1", "crashed", "t0"]
    assert [verdict.verdict for verdict in found] == ["equivalent", "not estimable", "helps"]
    assert {verdict.alpha for verdict in found} == {0.05 / 3}
    assert found[0].df == 6  # three registered tricks: half pooled


def test_a_diverged_run_of_one_trick_does_not_blind_the_others():
    rng = np.random.default_rng(0)
    base = {s: 70 + rng.normal() for s in range(5)}
    steady = {f"t{i}": {s: base[s] + 1.5 + rng.normal(0, 0.3) for s in base} for i in range(2)}
    crashed = {"crashed": {**steady["t0"], 0: math.nan}}
    alone = judge_arms({"baseline": base, **steady}, baseline="baseline", sesoi=0.4, tricks=["t0", "t1", "crashed"])
    beside = judge_arms({"baseline": base, **steady, **crashed}, baseline="baseline", sesoi=0.4)
    assert [v.variance for v in beside[:2]] == [v.variance for v in alone[:2]]
    assert [v.verdict for v in beside] == ["helps", "helps", "unstable"]
