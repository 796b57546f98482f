"""Comparisons of any two arms, judged together."""

import math

import pytest

from experiments.judge.alphas import Alphas
from experiments.judge.pairs import join
from experiments.judge.verdicts import judge_arms, judge_pairs
from tests.experiments.scores import GAIN, NOTHING, against_baseline, random_scores

ALPHAS = Alphas(4)


def judged(scores, comparisons):
    joined = {f"{arm} − {against}": join(scores[arm], scores[against], True, 0.0) for arm, against in comparisons}
    return {verdict.arm: verdict for verdict in judge_pairs(joined, ALPHAS, 0.5)}


def test_against_one_baseline_they_are_the_verdicts_on_tricks():
    scores = random_scores(tricks=4)
    tricks = judge_arms(scores, baseline="baseline", sesoi=0.5)
    both = judged(scores, [(arm, "baseline") for arm in scores if arm != "baseline"]).values()
    assert [(v.effect, v.p, v.verdict, v.alpha) for v in both] == [(v.effect, v.p, v.verdict, v.alpha) for v in tricks]


def test_turning_a_comparison_round_turns_its_sign():
    scores = random_scores(tricks=3)
    one = judged(scores, [("t0", "t1"), ("t2", "t1"), ("t2", "t0")])["t0 − t1"]
    other = judged(scores, [("t1", "t0"), ("t2", "t1"), ("t2", "t0")])["t1 − t0"]
    assert (one.effect, one.p) == (pytest.approx(-other.effect), pytest.approx(other.p))


def test_an_arm_that_diverged_does_not_blur_comparisons_that_it_is_not_in():
    scores = against_baseline(GAIN, NOTHING, [d + 1 for d in GAIN])
    scores["wild"] = {**scores["t1"], 2: math.nan}
    steps = [("t0", "baseline"), ("t1", "baseline"), ("t2", "t0")]
    alone, beside = judged(scores, steps), judged(scores, [*steps, ("t2", "wild")])
    for name, verdict in alone.items():
        assert (beside[name].variance, beside[name].verdict) == (verdict.variance, verdict.verdict)
