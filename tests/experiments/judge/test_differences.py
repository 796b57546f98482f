"""An effect under one condition minus that under another, against numpy and scipy."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from experiments.declare.ablation import read_ablation
from experiments.judge.differences import difference
from experiments.judge.pairs import join
from experiments.plan.trials import make_plan
from experiments.results.judged import judge
from tests.experiments.tiny import write

NAN = float("nan")
RUNS = {
    "low/baseline": [0.51, 0.48, 0.55, 0.50, 0.53],
    "low/one": [0.53, 0.48, 0.58, 0.51, 0.53],
    "high/baseline": [0.40, 0.33, 0.45, 0.38, 0.41],
    "high/one": [0.55, 0.47, 0.58, 0.55, 0.53],
}
ARRAYS = {arm: np.array(runs) for arm, runs in RUNS.items()}
LOW, HIGH = (ARRAYS[f"{c}/one"] - ARRAYS[f"{c}/baseline"] for c in ("low", "high"))


@pytest.fixture
def plan(tmp_path):
    """One trick under two conditions, whose difference is declared."""
    write(tmp_path, "base.yaml", {"model": {"class_path": "Segmentation", "init_args": {"a": 1}}, "data": {"x": 0}})
    write(tmp_path, "one.yaml", {"model": {"init_args": {"a": 2}}})
    keys = {"baseline": "base.yaml", "tricks": ["one.yaml"], "sesoi": 0.02, "seeds": 5}
    conditions = {"low": {"data": {"x": 1}}, "high": {"data": {"x": 2}}}
    write(tmp_path, "two.yaml", {**keys, "conditions": conditions, "expects": {"one": {"difference": "helps"}}})
    return make_plan(read_ablation(str(tmp_path / "two.yaml")), tmp_path / "runs")


def judged(plan, runs=RUNS):
    verdicts, _ = judge(plan, {arm: dict(enumerate(scores)) for arm, scores in runs.items()})
    return {verdict.arm: verdict for verdict in verdicts}


def test_conditions_and_their_difference_share_the_level(plan):
    found = judged(plan)
    assert list(found) == ["low/one", "high/one", "one: high − low"]
    assert {verdict.alpha for verdict in found.values()} == {0.05 / 3}


def test_it_is_the_paired_t_of_the_differences_of_differences(plan):
    verdict, apart = judged(plan)["one: high − low"], HIGH - LOW
    test = stats.ttest_1samp(apart, 0)
    assert verdict.mean == pytest.approx(apart.mean(), abs=1e-12)
    assert (verdict.p, verdict.plain_p) == pytest.approx((test.pvalue, test.pvalue), rel=1e-9)
    assert verdict.plain_low == pytest.approx(test.confidence_interval(0.95).low, rel=1e-9)
    wide = test.confidence_interval(1 - 0.05 / 3)
    assert (verdict.low, verdict.high) == pytest.approx((wide.low, wide.high), rel=1e-9)
    assert verdict.verdict == "helps"
    assert [each for _, each in verdict.differences] == pytest.approx(list(apart))


def test_each_condition_is_judged_by_its_own_spread(plan):
    found = judged(plan)
    for name, effect in {"low/one": LOW, "high/one": HIGH}.items():
        assert found[name].p == pytest.approx(stats.ttest_1samp(effect, 0).pvalue, rel=1e-9)


def test_lower_is_better_turns_the_sign(plan):
    turned = replace(plan, ablation=replace(plan.ablation, higher_is_better=False))
    assert judged(turned)["one: high − low"].mean == pytest.approx(-(HIGH - LOW).mean())


def test_only_seeds_of_both_conditions_count(plan):
    short = {**RUNS, "low/one": RUNS["low/one"][:3]}
    verdict = judged(plan, short)["one: high − low"]
    assert verdict.k == 3
    assert verdict.mean == pytest.approx((HIGH - LOW)[:3].mean())


def test_a_trick_that_keeps_runs_from_diverging_is_not_unstable(plan):
    saved = {**RUNS, "high/baseline": [NAN] * 5}
    assert judged(plan, saved)["one: high − low"].verdict == "helps"
    broken = {**RUNS, "high/one": [NAN, *RUNS["high/one"][1:]]}
    assert judged(plan, broken)["one: high − low"].verdict == "unstable"


def test_swapping_the_conditions_turns_the_difference():
    low, high = (
        join(*(dict(enumerate(RUNS[f"{c}/{arm}"])) for arm in ("one", "baseline")), True, 0.0) for c in ("low", "high")
    )
    one, other = difference(high, low), difference(low, high)
    assert one.differences == pytest.approx(-other.differences)
    assert one.variance == pytest.approx(other.variance)
