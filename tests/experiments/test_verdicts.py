"""The statistics: the worked example, every row of the rule, and what must stay true."""

import math
from dataclasses import replace
from statistics import mean, variance

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower
from statsmodels.stats.weightstats import ttost_paired

from experiments.statistics.levels import Levels
from experiments.statistics.power import more_seeds
from experiments.verdicts import Verdict, claim, verdicts

BASELINE = [71.25, 70.5, 71.875, 70.75, 71.5]
NAN = math.nan


def runs(values):
    return dict(enumerate(values))


def against_baseline(*differences):
    """Arms t0, t1, … whose paired differences are exactly these (eighths are exact in floating point)."""
    scores = {"baseline": runs((BASELINE * 3)[: max(map(len, differences))])}
    for number, values in enumerate(differences):
        scores[f"t{number}"] = {seed: scores["baseline"][seed] + d for seed, d in enumerate(values)}
    return scores


def judge(*differences, sesoi=0.5, **options):
    return verdicts(against_baseline(*differences), baseline="baseline", sesoi=sesoi, **options)


def random_scores(tricks=4, seeds=6, seed=0, spread=1.0):
    rng = np.random.default_rng(seed)
    arms = ["baseline", *(f"t{number}" for number in range(tricks))]
    return {arm: runs((70 + shift + spread * rng.normal(size=seeds)).tolist()) for shift, arm in enumerate(arms)}


def numbers(verdict):
    return [value for value in vars(verdict).values() if isinstance(value, float)]


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
    found = verdicts(WORKED, baseline="baseline", sesoi=0.4)[index]
    assert (found.k, found.df, found.verdict, found.noisier) == (5, 6, verdict, False)
    assert (found.mean, found.plain_p, found.variance) == pytest.approx((mean, plain_p, variance), abs=1e-6)
    assert (found.plain_low, found.plain_high) == pytest.approx(plain, abs=1e-6)
    assert found.p == pytest.approx(p, rel=1e-4, abs=1e-9)
    assert (found.low, found.high) == pytest.approx(interval, abs=1e-6)
    assert found.level == pytest.approx(0.05 / 3)
    assert found.p_below + found.p_inside + found.p_above == pytest.approx(1)


def test_worked_example_equivalence_p():
    drop_path = verdicts(WORKED, baseline="baseline", sesoi=0.4)[2]
    assert max(drop_path.p_above, drop_path.p_below) == pytest.approx(0.002539019, abs=1e-9)


GAIN = [1, 1.25, 0.75, 1, 1.25]
NOISE = [2, -2, 1.5, -1, 0.5]
NOTHING = [0.25, -0.25, 0.125, -0.125, 0]


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
    for found, (d, f) in zip(verdicts(scores, baseline="baseline", sesoi=1), spreads, strict=True):
        assert not found.noisier
        assert found.variance == pytest.approx((d0 * pooled + f * variance(d)) / (d0 + f))
        assert found.df == min(d0 + f, sum(f for _, f in spreads))
        t = found.mean / math.sqrt(found.variance / (f + 1))
        assert found.p == pytest.approx(2 * stats.t.sf(abs(t), found.df))
        assert found.level == 0.05 / tricks


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
    (found, *_) = verdicts(against_baseline(NOISE), baseline="baseline", sesoi=0.5, tricks=["t0", "lost", "gone"])
    assert (found.df, found.p) == (4, pytest.approx(found.plain_p))


def test_shuffling_changes_nothing():
    scores = random_scores(tricks=9)
    rng = np.random.default_rng(1)
    expected = {verdict.arm: verdict for verdict in verdicts(scores, baseline="baseline", sesoi=1)}
    for _ in range(5):
        shuffled = {
            str(arm): {int(seed): scores[arm][seed] for seed in rng.permutation(list(scores[arm]))}
            for arm in rng.permutation(list(scores))
        }
        found = verdicts(shuffled, baseline="baseline", sesoi=1)
        assert {verdict.arm: verdict for verdict in found} == expected  # to the last bit
        assert [verdict.arm for verdict in found] == [arm for arm in shuffled if arm != "baseline"]


@pytest.mark.parametrize("seed", range(4))
def test_units_and_offsets_change_no_verdict(seed):
    scores = random_scores(seed=seed)
    scores["t0"][2] = NAN
    original = verdicts(scores, baseline="baseline", sesoi=1)
    for factor, offset in [(100, 0), (1, 30), (0.01, -7)]:
        moved = {arm: {k: factor * v + offset for k, v in runs.items()} for arm, runs in scores.items()}
        found = verdicts(moved, baseline="baseline", sesoi=factor, failure_value=offset)
        for one, other in zip(original, found, strict=True):
            assert (other.verdict, other.more_seeds) == (one.verdict, one.more_seeds)
            assert (other.p, other.plain_p) == pytest.approx((one.p, one.plain_p), rel=1e-6)
            assert other.low == pytest.approx(factor * one.low, rel=1e-6)


def test_lower_is_better_flips_the_sign():
    scores = random_scores()
    higher = verdicts(scores, baseline="baseline", sesoi=1)
    lower = verdicts(scores, baseline="baseline", sesoi=1, higher_is_better=False)
    negated = {arm: {seed: -value for seed, value in runs.items()} for arm, runs in scores.items()}
    assert lower == verdicts(negated, baseline="baseline", sesoi=1)
    for up, down in zip(higher, lower, strict=True):
        assert (down.mean, down.low, down.p_above) == pytest.approx((-up.mean, -up.high, up.p_below))


def test_missing_seeds_leave_the_intersection():
    scores = against_baseline(GAIN, NOISE)
    del scores["t0"][3], scores["baseline"][1]
    scores["t0"][17] = 99.0
    gain, noise = verdicts(scores, baseline="baseline", sesoi=0.5)
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
    (found,) = verdicts(scores, baseline="baseline", sesoi=0.5)
    assert len({d for _, d in found.differences}) > 1  # they differ in the last bit
    assert (found.verdict, found.sd) == ("not estimable", 0)


def test_a_diverged_run_scores_the_failure_value():
    scores = against_baseline(GAIN, NOISE)
    scores["t0"][1] = NAN
    scores["t1"][1] = scores["baseline"][0] = math.inf
    gain, noise = verdicts(scores, baseline="baseline", sesoi=0.5, failure_value=10)
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
    found = verdicts(scores, baseline="baseline", sesoi=1)[0]
    assert (found.arm, found.verdict) == ("t", "not estimable")


def test_a_lower_is_better_divergence_needs_a_failure_value():
    scores = {"baseline": runs([0.5, 0.6, 0.4]), "t": runs([0.3, NAN, 0.2])}
    with pytest.raises(ValueError, match="'t' diverged; a lower-is-better metric needs a failure value"):
        verdicts(scores, baseline="baseline", sesoi=0.1, higher_is_better=False)
    options = {"higher_is_better": False, "failure_value": 2.0}
    (found,) = verdicts(scores, baseline="baseline", sesoi=0.1, **options)
    assert dict(found.differences)[1] == pytest.approx(-1.4)


def test_a_crashed_trick_still_counts():
    scores = against_baseline(GAIN, NOTHING)
    found = verdicts(scores, baseline="baseline", sesoi=0.5, tricks=["t1", "crashed", "t0"])
    assert [verdict.arm for verdict in found] == ["t1", "crashed", "t0"]
    assert [verdict.verdict for verdict in found] == ["equivalent", "not estimable", "helps"]
    assert {verdict.level for verdict in found} == {0.05 / 3}
    assert found[0].df == 6  # three registered tricks: half pooled


def test_looks_share_the_level_by_the_square_of_their_seeds():
    levels = Levels(3, (4, 8, 12))
    assert [levels.verdict(k) for k in (4, 8, 12)] == pytest.approx([0.05 / 3 * w / 14 for w in (1, 4, 9)])
    assert sum(levels.verdict(k) for k in levels.looks) == pytest.approx(Levels(3).verdict(5))
    assert levels.equivalence == pytest.approx(0.05 / 3)
    assert levels.last == levels.verdict(12)


def test_a_race_judges_each_trick_at_its_own_look():
    rng = np.random.default_rng(0)
    stopped = (3 + rng.normal(size=4)).tolist()
    found = judge(stopped, rng.normal(size=12).tolist(), rng.normal(size=8).tolist(), looks=(4, 8, 12))
    assert [verdict.k for verdict in found] == [4, 12, 8]
    assert [verdict.level for verdict in found] == pytest.approx([0.05 / 3 * w / 14 for w in (1, 9, 4)])
    for verdict in found:
        half = stats.t.isf(verdict.level / 2, verdict.df) * math.sqrt(verdict.variance / verdict.k)
        assert (verdict.low, verdict.high) == pytest.approx((verdict.mean - half, verdict.mean + half))
        bound = stats.t.isf(0.05 / 3, verdict.df) * math.sqrt(verdict.variance / verdict.k)
        assert verdict.equivalence_high == pytest.approx(verdict.mean + bound)


def test_later_seeds_do_not_reopen_a_stopped_trick():
    scores = random_scores(tricks=4, seeds=12)
    early = {arm: {seed: value for seed, value in runs.items() if seed < 4} for arm, runs in scores.items()}
    at_first_look = verdicts(early, baseline="baseline", sesoi=1, looks=(4, 8, 12))
    raced = {**scores, "t0": early["t0"], "t2": early["t2"]}
    at_last_look = verdicts(raced, baseline="baseline", sesoi=1, looks=(4, 8, 12))
    assert [verdict.k for verdict in at_last_look] == [4, 12, 4, 12]
    assert at_last_look[::2] == at_first_look[::2]
    assert at_last_look[1].df == min(2 + 11, 3 + 11 + 3 + 11)


def test_an_unregistered_look_has_intervals_and_no_verdict():
    (found,) = judge(GAIN, looks=(4, 8))
    assert found.verdict == "no verdict (unregistered look)"
    assert found.level == pytest.approx(0.05 / 5)
    assert found.low < found.plain_low < found.plain_high < found.high


@pytest.mark.parametrize("looks", [(8, 4), (4, 4), (1, 4), (0,)])
def test_looks_ascend(looks):
    with pytest.raises(ValueError, match="looks must be ascending"):
        judge(GAIN, looks=looks)


def test_a_placebo_is_joined_by_rank_and_leaves_the_tricks_alone():
    scores = against_baseline(GAIN, NOISE, NOTHING)
    without = verdicts(scores, baseline="baseline", sesoi=0.5)
    fresh = {100 + seed: BASELINE[seed] + d for seed, d in enumerate(NOISE)}
    *tricks, placebo = verdicts({"placebo": fresh, **scores}, baseline="baseline", sesoi=0.5, placebo="placebo")
    assert tricks == without
    assert placebo.placebo
    assert placebo.differences == tuple((100 + seed, d) for seed, d in enumerate(NOISE))
    assert placebo.level == tricks[0].level
    baseline = [scores["baseline"][seed] for seed in sorted(scores["baseline"])]
    assert placebo.variance == pytest.approx(variance(fresh.values()) + variance(baseline))  # nothing is shared
    assert placebo.df == 2 * (len(fresh) - 1)
    assert [placebo.p, placebo.plain_p] == pytest.approx([stats.ttest_ind([*fresh.values()], baseline).pvalue] * 2)
    assert placebo.verdict == "undecided"


@pytest.mark.parametrize(("effect", "sesoi", "level"), [(0.6, 0.1, "last"), (0.1, 1.0, "equivalence")])
def test_more_seeds_reach_80_percent_power(effect, sesoi, level):
    levels = Levels(4, (4, 8, 12))
    n = 4 + more_seeds(effect, 1.0, 4, sesoi, levels)
    distance, alpha = (effect, levels.last / 2) if level == "last" else (sesoi - effect, levels.equivalence)
    power = [TTestPower().power(distance, k, alpha, alternative="larger") for k in (n - 1, n)]
    assert power[0] < 0.8 <= power[1]


def test_more_seeds_answers_at_the_extremes():
    assert more_seeds(500.0, 1.0, 3, 0.1, Levels(1)) == 1
    assert more_seeds(0.0, 1.0, 3, 1e-3, Levels(1)) > 1e6


@pytest.mark.parametrize("sesoi", [0, -1, NAN, math.inf])
def test_sesoi_is_positive(sesoi):
    with pytest.raises(ValueError, match="smallest effect of interest must be above 0"):
        judge(GAIN, sesoi=sesoi)


def test_an_unknown_baseline_lists_the_arms():
    with pytest.raises(ValueError, match=r"no arm named 'base'.*baseline, t0"):
        verdicts(against_baseline(GAIN), baseline="base", sesoi=1)


@pytest.mark.parametrize("value", [NAN, math.inf])
def test_a_failure_value_is_a_number(value):
    with pytest.raises(ValueError, match="failure value must be a finite number"):
        judge(GAIN, failure_value=value)


def test_random_studies_are_consistent():
    """The words agree with the intervals, and the intervals with p, whatever the data."""
    rng = np.random.default_rng(3)
    for study in range(25):
        tricks, seeds = int(rng.integers(1, 8)), int(rng.integers(2, 9))
        for found in verdicts(random_scores(tricks, seeds, study), baseline="baseline", sesoi=1):
            assert all(map(math.isfinite, numbers(found)))
            assert found.mean == pytest.approx(mean(d for _, d in found.differences))
            assert found.verdict.startswith(("helps", "hurts")) == (found.p < found.level)
            inside = max(found.p_above, found.p_below) < 0.05
            assert (found.verdict == "equivalent" or "negligible" in found.verdict) == inside
            if found.verdict == "undecided":
                assert found.p_above >= 0.05


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


def test_a_diverged_run_of_one_trick_does_not_blind_the_others():
    rng = np.random.default_rng(0)
    base = {s: 70 + rng.normal() for s in range(5)}
    steady = {f"t{i}": {s: base[s] + 1.5 + rng.normal(0, 0.3) for s in base} for i in range(2)}
    crashed = {"crashed": {**steady["t0"], 0: math.nan}}
    alone = verdicts({"baseline": base, **steady}, baseline="baseline", sesoi=0.4, tricks=["t0", "t1", "crashed"])
    beside = verdicts({"baseline": base, **steady, **crashed}, baseline="baseline", sesoi=0.4)
    assert [v.variance for v in beside[:2]] == [v.variance for v in alone[:2]]
    assert [v.verdict for v in beside] == ["helps", "helps", "unstable"]
