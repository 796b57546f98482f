"""The statistics: the worked example, every row of the rule, and what is refused."""

import math
from dataclasses import replace
from statistics import variance

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.weightstats import ttost_paired

from experiments.judge.claims import claim
from experiments.judge.verdict import Verdict
from experiments.judge.verdicts import judge_arms
from tests.experiments.scores import BASELINE, GAIN, NAN, NOISE, NOTHING, against_baseline, judge, random_scores, runs

WORKED = {
    "baseline": runs([71.2, 70.5, 71.9, 70.8, 71.4]),
    "focal": runs([71.6, 71.3, 72.0, 71.5, 71.9]),
    "warmup": runs([72.9, 72.0, 73.4, 72.8, 72.6]),
    "drop path": runs([71.1, 70.7, 71.7, 70.9, 71.3]),
}


@pytest.mark.parametrize(
    ("index", "mean", "plain_p", "plain", "variance", "p", "interval", "verdict"),
    [
        (0, 0.50, 0.015067699, (0.159956, 0.840044), 0.071, 0.005711683, (0.108254506, 0.891745494), "helps"),
        (1, 1.58, 0.000278423, (1.213762, 1.946238), 0.079, 1.5518e-5, (1.166773, 1.993227), "helps"),
        (2, -0.02, 0.798965859, (-0.224026, 0.184026), 0.039, 0.828364965, (-0.310340, 0.270340), "equivalent"),
    ],
)
def test_worked_example(index, mean, plain_p, plain, variance, p, interval, verdict):
    found = judge_arms(WORKED, baseline="baseline", sesoi=0.4)[index]
    assert (found.k, found.df, found.verdict, found.noisier) == (5, 6, verdict, False)
    assert (found.mean, found.plain_p, found.variance) == pytest.approx((mean, plain_p, variance), abs=1e-6)
    assert (found.plain_low, found.plain_high) == pytest.approx(plain, abs=1e-6)
    assert found.p == pytest.approx(p, rel=1e-4, abs=1e-9)
    assert (found.low, found.high) == pytest.approx(interval, abs=1e-6)
    assert found.alpha == pytest.approx(0.05 / 3)
    assert found.p_below + found.p_inside + found.p_above == pytest.approx(1)


def test_worked_example_equivalence_p():
    drop_path = judge_arms(WORKED, baseline="baseline", sesoi=0.4)[2]
    assert max(drop_path.p_above, drop_path.p_below) == pytest.approx(0.002539019, abs=1e-9)


@pytest.mark.parametrize(
    ("differences", "sesoi", "verdict"),
    [
        ([0, 0, 0, 0, 0], 0.5, "no-op"),
        ([5, 5.25, NAN, 5, 5], 0.5, "unstable"),
        (GAIN, 0.5, "helps"),
        (GAIN, 4, "helps (negligible)"),
        ([-d for d in GAIN], 0.5, "hurts"),
        ([-d for d in GAIN], 4, "hurts (negligible)"),
        (NOTHING, 1, "equivalent"),
        ([-1, 0.25, -0.75, 0.25, -0.5], 0.5, "no material gain"),
        (NOISE, 0.5, "undecided"),
        ([3], 0.5, "not estimable"),
        ([0], 0.5, "not estimable"),
        ([], 0.5, "not estimable"),
    ],
)
def test_every_row_of_the_rule(differences, sesoi, verdict):
    (found,) = judge(differences, sesoi=sesoi)
    assert found.verdict == verdict
    assert found.k == len(differences)
    assert (found.more_seeds is not None) == (verdict == "undecided")


def test_one_trick_is_judged_by_the_plain_t():
    (found,) = judge(NOTHING)
    trick, baseline = np.add(BASELINE, NOTHING), np.array(BASELINE)
    reference = ttost_paired(trick, baseline, -0.5, 0.5)
    assert max(found.p_above, found.p_below) == pytest.approx(reference[0])
    assert (found.low, found.high, found.p) == pytest.approx((found.plain_low, found.plain_high, found.plain_p))


@pytest.mark.parametrize(("tricks", "d0"), [(1, 0), (2, 0), (3, 2), (5, 2), (6, 4), (9, 4)])
def test_half_pooled_variance(tricks, d0):
    scores = random_scores(tricks)
    del scores["t0"][5]  # unequal numbers of pairs weigh by their degrees of freedom
    spreads = [
        ([runs[seed] - scores["baseline"][seed] for seed in runs], len(runs) - 1)
        for arm, runs in scores.items()
        if arm != "baseline"
    ]
    pooled = sum(f * variance(d) for d, f in spreads) / sum(f for _, f in spreads)
    for found, (d, f) in zip(judge_arms(scores, baseline="baseline", sesoi=1), spreads, strict=True):
        assert not found.noisier
        assert found.variance == pytest.approx((d0 * pooled + f * variance(d)) / (d0 + f))
        assert found.df == min(d0 + f, sum(f for _, f in spreads))
        t = found.mean / math.sqrt(found.variance / (f + 1))
        assert found.p == pytest.approx(2 * stats.t.sf(abs(t), found.df))
        assert found.alpha == 0.05 / tricks


def test_a_noisier_arm_stands_alone():
    noisy = [8 * d for d in NOISE]
    first, second, gated = judge(NOISE, NOISE[::-1], noisy)
    assert (first.noisier, second.noisier, gated.noisier) == (False, False, True)
    assert gated.variance == pytest.approx(variance(noisy))
    assert gated.df == 4
    assert gated.p == pytest.approx(gated.plain_p)
    assert first.df == 6


@pytest.mark.parametrize(("ratio", "noisier"), [(0.99, False), (1.01, True)])
def test_the_gate_is_the_f_test_at_5_percent(ratio, noisier):
    scale = math.sqrt(ratio * stats.f.isf(0.05, 4, 4))
    _, found = judge(NOISE, [scale * d for d in NOISE])
    assert found.noisier is noisier


def test_the_last_arm_standing_has_no_one_to_pool_with():
    (found, *_) = judge_arms(against_baseline(NOISE), baseline="baseline", sesoi=0.5, tricks=["t0", "lost", "gone"])
    assert (found.df, found.p) == (4, pytest.approx(found.plain_p))


def test_a_placebo_is_joined_by_rank_and_leaves_the_tricks_alone():
    scores = against_baseline(GAIN, NOISE, NOTHING)
    without = judge_arms(scores, baseline="baseline", sesoi=0.5)
    fresh = {100 + seed: BASELINE[seed] + d for seed, d in enumerate(NOISE)}
    *tricks, placebo = judge_arms({"placebo": fresh, **scores}, baseline="baseline", sesoi=0.5, placebo="placebo")
    assert tricks == without
    assert placebo.placebo
    assert placebo.differences == tuple((100 + seed, d) for seed, d in enumerate(NOISE))
    assert placebo.alpha == tricks[0].alpha
    baseline = [scores["baseline"][seed] for seed in sorted(scores["baseline"])]
    assert placebo.variance == pytest.approx(variance(fresh.values()) + variance(baseline))  # nothing is shared
    assert placebo.df == 2 * (len(fresh) - 1)
    assert [placebo.p, placebo.plain_p] == pytest.approx([stats.ttest_ind([*fresh.values()], baseline).pvalue] * 2)
    assert placebo.verdict == "undecided"


@pytest.mark.parametrize("sesoi", [0, -1, NAN, math.inf])
def test_sesoi_is_positive(sesoi):
    with pytest.raises(ValueError, match="smallest effect of interest must be positive and finite"):
        judge(GAIN, sesoi=sesoi)


def test_an_unknown_baseline_lists_the_arms():
    with pytest.raises(ValueError, match=r"no arm named 'base'.*baseline, t0"):
        judge_arms(against_baseline(GAIN), baseline="base", sesoi=1)


@pytest.mark.parametrize(
    ("expects", "confirmed", "contradicted"),
    [
        ("helps", ["helps", "helps (negligible)"], ["hurts", "equivalent", "no material gain", "unstable"]),
        ("hurts", ["hurts", "hurts (negligible)"], ["helps", "helps (negligible)", "equivalent"]),
        ("equivalent", ["equivalent", "helps (negligible)", "hurts (negligible)"], ["helps", "hurts", "unstable"]),
        ("harmless", ["helps", "equivalent", "hurts (negligible)"], ["hurts", "unstable"]),
    ],
)
def test_claims(expects, confirmed, contradicted):
    (verdict,) = judge(GAIN)
    untested = ["undecided", "no-op", "not estimable", "no verdict (unregistered look)"]
    for words, answer in ((confirmed, "confirmed"), (contradicted, "contradicted"), (untested, "undecided")):
        for word in words:
            assert claim(replace(verdict, verdict=word), expects) == answer


def test_a_claim_expects_something_known():
    (verdict,) = judge(GAIN)
    assert isinstance(verdict, Verdict)
    with pytest.raises(ValueError, match="expects one of helps, hurts, equivalent, harmless, got 'wins'"):
        claim(verdict, "wins")
