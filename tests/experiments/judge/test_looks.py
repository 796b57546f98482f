"""Registered looks share the level, and undecided tricks are told how many seeds they lack."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower

from experiments.judge.alphas import Alphas
from experiments.judge.power import more_seeds
from experiments.judge.verdicts import judge_arms
from tests.experiments.scores import GAIN, judge, random_scores


def test_looks_share_the_level_by_the_square_of_their_seeds():
    alphas = Alphas(3, (4, 8, 12))
    assert [alphas.verdict(k) for k in (4, 8, 12)] == pytest.approx([0.05 / 3 * w / 14 for w in (1, 4, 9)])
    assert sum(alphas.verdict(k) for k in alphas.looks) == pytest.approx(Alphas(3).verdict(5))
    assert alphas.equivalence == pytest.approx(0.05 / 3)
    assert alphas.last == alphas.verdict(12)


def test_a_race_judges_each_trick_at_its_own_look():
    rng = np.random.default_rng(0)
    stopped = (3 + rng.normal(size=4)).tolist()
    found = judge(stopped, rng.normal(size=12).tolist(), rng.normal(size=8).tolist(), looks=(4, 8, 12))
    assert [verdict.k for verdict in found] == [4, 12, 8]
    assert [verdict.alpha for verdict in found] == pytest.approx([0.05 / 3 * w / 14 for w in (1, 9, 4)])
    for verdict in found:
        half = stats.t.isf(verdict.alpha / 2, verdict.df) * math.sqrt(verdict.variance / verdict.k)
        assert (verdict.low, verdict.high) == pytest.approx((verdict.mean - half, verdict.mean + half))
        bound = stats.t.isf(0.05 / 3, verdict.df) * math.sqrt(verdict.variance / verdict.k)
        assert verdict.equivalence_high == pytest.approx(verdict.mean + bound)


def test_later_seeds_do_not_reopen_a_stopped_trick():
    scores = random_scores(tricks=4, seeds=12)
    early = {arm: {seed: value for seed, value in runs.items() if seed < 4} for arm, runs in scores.items()}
    at_first_look = judge_arms(early, baseline="baseline", sesoi=1, looks=(4, 8, 12))
    raced = {**scores, "t0": early["t0"], "t2": early["t2"]}
    at_last_look = judge_arms(raced, baseline="baseline", sesoi=1, looks=(4, 8, 12))
    assert [verdict.k for verdict in at_last_look] == [4, 12, 4, 12]
    assert at_last_look[::2] == at_first_look[::2]
    assert at_last_look[1].df == min(2 + 11, 3 + 11 + 3 + 11)


def test_an_unregistered_look_has_intervals_and_no_verdict():
    (found,) = judge(GAIN, looks=(4, 8))
    assert (found.verdict, found.k, found.next_look) == ("no verdict (unregistered look)", 5, 8)
    assert found.alpha == 0.05  # of an interval that holds at any number of seeds
    assert found.low < found.plain_low < found.plain_high < found.high
    assert math.isnan(found.equivalence_low)
    assert judge(GAIN, looks=(3, 4))[0].next_look is None


@pytest.mark.parametrize("looks", [(8, 4), (4, 4), (1, 4), (0,)])
def test_looks_ascend(looks):
    with pytest.raises(ValueError, match="looks must be ascending"):
        judge(GAIN, looks=looks)


@pytest.mark.parametrize(("effect", "sesoi", "level"), [(0.6, 0.1, "last"), (0.1, 1.0, "equivalence")])
def test_more_seeds_reach_80_percent_power(effect, sesoi, level):
    alphas = Alphas(4, (4, 8, 12))
    n = 4 + more_seeds(effect, 1.0, 4, sesoi, alphas)
    distance, alpha = (effect, alphas.last / 2) if level == "last" else (sesoi - effect, alphas.equivalence)
    power = [TTestPower().power(distance, k, alpha, alternative="larger") for k in (n - 1, n)]
    assert power[0] < 0.8 <= power[1]


def test_more_seeds_answers_at_the_extremes():
    assert more_seeds(500.0, 1.0, 3, 0.1, Alphas(1)) == 1
    assert more_seeds(0.0, 1.0, 3, 1e-3, Alphas(1)) > 1e6
