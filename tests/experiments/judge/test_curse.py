"""The forecast of an effect that was chosen because it was large."""

import math

import numpy as np
import pytest
from scipy import stats

from experiments.judge.curse import forecast
from experiments.judge.verdicts import judge_arms
from tests.experiments.judge import simulated


@pytest.mark.parametrize("df", [2, 8, 1e6])
@pytest.mark.parametrize("estimate", [1.0, 2.0, 9.0])
def test_the_estimate_is_the_median_of_what_can_be_chosen_around_the_forecast(df, estimate):
    se, least = 0.3, 0.8
    true = forecast(estimate, se, df, least)
    of_chosen = stats.t.sf([estimate, least], df, loc=true, scale=se)
    if true:
        assert of_chosen[0] / of_chosen[1] == pytest.approx(0.5)
    else:
        assert stats.t.sf(estimate / se, df) >= stats.t.sf(least / se, df) / 2
    assert true <= estimate


def test_what_just_came_through_promises_nothing_and_what_is_far_above_is_kept():
    assert forecast(1.0, 0.3, 8, math.nextafter(1.0, 0)) == 0
    assert forecast(50.0, 0.3, 8, 0.8) == pytest.approx(50.0)


@pytest.mark.parametrize(("k", "tricks", "spread", "mean"), [(5, 8, 1.0, 0.0), (8, 3, 0.5, 1.0)])
def test_forecasts_are_not_too_high_on_average_where_the_effects_that_were_seen_are(k, tricks, spread, mean):
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(250):
        truth = {f"t{i}": rng.normal(mean, spread) for i in range(tricks)}
        seeds = rng.normal(0, 1, k)
        arms = {"baseline": 0.0, **truth}
        runs = {arm: dict(enumerate(seeds + effect + rng.normal(0, 1, k))) for arm, effect in arms.items()}
        for v in judge_arms(runs, baseline="baseline", sesoi=0.1):
            if v.verdict == "helps":
                rows.append((truth[v.arm], v.effect, forecast(v.effect, v.se, v.df, v.effect - v.low)))
    check(rows)


def test_forecasts_are_not_too_high_on_average_where_a_race_stopped_as_soon_as_a_trick_helped():
    rng, planned = np.random.default_rng(0), simulated.plan(8, 0.2)
    rows = []
    for _ in range(80):
        truth = {f"t{i}": rng.normal(0, 1 / simulated.UNIT) for i in range(8)}
        for v in simulated.race(rng, planned, truth, "normal").verdicts:
            if v.arm in truth and v.verdict == "helps":
                true = simulated.UNIT * truth[v.arm]
                rows.append((true, v.effect, forecast(v.effect, v.se, v.df, v.effect - v.low)))
    check(rows)


def check(rows: list[tuple[float, float, float]]) -> None:
    """Of effects that help: true ones, estimates, and forecasts, which must not be higher than the true on average."""
    true, seen, promised = np.array(rows).T
    noise = np.std(promised - true) / math.sqrt(len(rows))
    assert len(rows) > 50
    assert seen.mean() > true.mean() + 0.2
    assert promised.mean() < true.mean() + 2 * noise
    assert promised.mean() > true.mean() - 0.5
