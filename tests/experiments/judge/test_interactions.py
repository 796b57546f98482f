"""Factorials and screens: planted effects come out again, and what the design cannot tell apart is said."""

import dataclasses
import itertools
import json
import math

import numpy as np
import pytest
from pyDOE3 import fracfact, pbdesign
from scipy import stats

from experiments.judge.contrasts import aliases, columns, mixed
from experiments.judge.interactions import fit, halves, tabulate
from experiments.plan.designs.screen import GENERATORS

NAN = math.nan
NAMES = "abcdefghijk"


def factorial(groups):
    """All combinations, the first group varying fastest."""
    return [[t for t in choice if t] for choice in itertools.product(*(["", *group] for group in groups))]


def screen(count):
    runs = fracfact(GENERATORS[count]) if count in GENERATORS else pbdesign(count)
    runs = runs if count in GENERATORS else np.vstack([runs, -runs])
    return [[t for t, x in zip(NAMES, run, strict=False) if x > 0] for run in runs]


def simulated(arms, groups, gains, seeds=4, noise=0.0, higher_is_better=True):
    """Runs with these gains: of a trick (`a`), or of two that are both on (`ab`)."""
    rng = np.random.default_rng(0)
    of_seed = rng.normal(size=seeds)
    sign = 1 if higher_is_better else -1

    def run(on, k):
        gain = sum(value for tricks, value in gains.items() if set(tricks) <= set(on))
        return sign * (70 + gain + of_seed[k] + noise * rng.normal())

    return tabulate([{k: run(on, k) for k in range(seeds)} for on in arms], arms, groups, higher_is_better, 0.0)


def effects(contrasts):
    return {"".join(each.tricks): each.effect for each in contrasts}


@pytest.mark.parametrize("higher_is_better", [True, False])
def test_a_factorial_gives_back_what_was_planted(higher_is_better):
    groups = ["a", "b", "c"]
    planted = {"a": 1.0, "b": -0.5, "ab": 0.8, "c": 0.25}
    found = fit(simulated(factorial(groups), groups, planted, noise=1e-6, higher_is_better=higher_is_better))
    assert effects(found.averages) == pytest.approx({"a": 1.4, "b": -0.1, "c": 0.25}, abs=1e-5)
    assert effects(found.interactions) == pytest.approx({"ab": 0.8, "ac": 0, "bc": 0}, abs=1e-5)
    assert effects(found.credits) == pytest.approx({"a": 1.4, "b": -0.1, "c": 0.25}, abs=1e-5)
    assert not any(each.mixed for each in found.interactions)


def test_credits_share_out_the_gain_of_the_recipe_with_interactions_of_three_by_hand():
    groups = ["a", "b", "c"]
    found = fit(simulated(factorial(groups), groups, {"a": 1.0, "abc": 0.6, "bc": 0.4}, noise=1e-6))
    assert effects(found.credits) == pytest.approx({"a": 1.2, "b": 0.4, "c": 0.4}, abs=1e-5)


def test_alternatives_are_compared_with_none_of_their_group():
    groups = ["abc", "de"]
    gains = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 0.5, "e": -0.5, "bd": 0.6}
    table = simulated(factorial(groups), groups, gains, noise=1e-6)
    assert len(table.on) == 12
    found = fit(table)
    assert effects(found.averages) == pytest.approx({"a": 1, "b": 2.2, "c": 3, "d": 0.65, "e": -0.5}, abs=1e-5)
    assert effects(found.interactions) == pytest.approx(
        {**dict.fromkeys(("ad", "ae", "be", "cd", "ce"), 0), "bd": 0.6}, abs=1e-5
    )
    assert effects(found.credits) == pytest.approx({"a": 1, "b": 2.3, "c": 3, "d": 0.5, "e": -0.5}, abs=1e-5)


@pytest.mark.parametrize("count", [5, 6, 8, 9, 11])
def test_a_screen_gives_back_averages_whatever_two_tricks_do_together(count):
    groups = list(NAMES[:count])
    gains = {t: 0.1 * i for i, t in enumerate(groups)}
    found = fit(simulated(screen(count), groups, {**gains, "ab": 0.8, "cd": -0.4}, noise=1e-6))
    averages = {**gains, "a": gains["a"] + 0.4, "b": gains["b"] + 0.4, "c": gains["c"] - 0.2, "d": gains["d"] - 0.2}
    assert effects(found.averages) == pytest.approx(averages, abs=1e-5)


def test_five_tricks_have_every_interaction_of_two_clear_and_six_only_sums_of_them():
    groups = list("abcde")
    found = fit(simulated(screen(5), groups, {"ab": 0.8, "ce": -0.4}, noise=1e-6))
    assert not any(each.mixed for each in found.interactions)
    known = {name: effect for name, effect in effects(found.interactions).items() if abs(effect) > 1e-4}
    assert known == pytest.approx({"ab": 0.8, "ce": -0.4}, abs=1e-5)
    found = fit(simulated(screen(6), list("abcdef"), {"ab": 0.8}, noise=1e-6))
    ab, ce = (next(e for e in found.interactions if e.tricks == tricks) for tricks in (("a", "b"), ("c", "e")))
    assert (ab.effect, ce.effect) == (pytest.approx(0.8, abs=1e-5), pytest.approx(0.8, abs=1e-5))
    assert ab.mixed == ((("c", "e"), 1.0),)


@pytest.mark.parametrize("count", range(5, 12))
def test_every_alias_that_is_named_is_real_and_none_is_left_out(count):
    arms, groups = screen(count), list(NAMES[:count])
    terms, found = columns(arms, groups), mixed(arms, groups)
    for each in aliases(found):
        first = terms[next(iter(each))]
        for term, sign in each.items():
            assert np.array_equal(terms[term], sign * first)
    named = {frozenset(pair) for each in aliases(found) for pair in itertools.combinations(each, 2)}
    real = [
        frozenset(pair)
        for pair in itertools.combinations(terms, 2)
        if np.array_equal(abs(terms[pair[0]] @ terms[pair[1]]), float(len(arms)))
    ]
    assert named == set(real)
    assert bool(named) == (count in (6, 7, 8))
    for term, others in found.items():
        assert all(np.corrcoef(terms[term], terms[other])[0, 1] == pytest.approx(r) for other, r in others.items())


def test_the_interval_is_that_of_a_two_way_analysis_of_variance():
    groups = ["a", "b"]
    table = simulated(factorial(groups), groups, {"a": 1.0}, seeds=5, noise=0.5)
    found = fit(table)
    y = table.scores
    left = y - y.mean(axis=0) - y.mean(axis=1, keepdims=True) + y.mean()
    se = math.sqrt((left**2).sum() / 12 / 5)  # an average weighs four arms by a half
    half = stats.t.ppf(0.975, 12) * se
    average = found.averages[0]
    assert found.df == 12
    assert (average.se, average.high - average.effect) == (pytest.approx(se), pytest.approx(half))
    assert average.low == pytest.approx(average.effect - half)


def test_halves_pair_the_arms_with_a_trick_and_those_without_by_seed():
    groups = ["a", "b"]
    table = simulated(factorial(groups), groups, {"a": 1.0, "ab": 1.0}, noise=0.0)
    assert halves(table, "a").differences == pytest.approx([1.5] * 4)
    assert halves(table, "b").differences == pytest.approx([0.5] * 4)


def test_a_diverged_run_counts_and_is_laid_to_the_trick_that_has_more_of_them():
    arms = factorial(["a", "b"])
    runs = [{seed: NAN if "a" in on and seed == 1 else 70.0 + seed for seed in range(3)} for on in arms]
    table = tabulate(runs, arms, ["a", "b"], True, 0.0)
    assert halves(table, "a").differences.tolist() == [0, -71, 0]
    assert halves(table, "a").arm_diverged.tolist() == [False, True, False]
    assert not halves(table, "a").baseline_diverged.any()
    assert not halves(table, "b").arm_diverged.any()


def test_seeds_that_an_arm_lacks_are_left_out_and_one_or_none_is_not_estimable():
    arms = factorial(["a", "b"])
    for seeds in ([0, 1, 2], [1], []):
        runs = [dict.fromkeys(range(4), 70.0), *({seed: 71.0 + seed for seed in seeds} for _ in arms[1:])]
        found = fit(tabulate(runs, arms, ["a", "b"], True, 0.0))
        assert found.seeds == tuple(seeds)
        assert math.isnan(found.averages[0].se) == (len(seeds) < 2)


def test_what_does_not_vary_makes_no_claim_and_all_is_json():
    found = fit(simulated(factorial(["a", "b"]), ["a", "b"], {"a": 1.0}))
    assert found.averages[0].effect == pytest.approx(1)
    assert math.isnan(found.averages[0].p)
    assert json.dumps(dataclasses.asdict(found))
