"""What must stay true of every verdict, in every design, raced or not, with conditions or without.

A path is judged as it went: where scores are others it may have ended at another look, and all that is asked then is
that what both looks saw is the same.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.declare.ablation import read_ablation
from experiments.errors import UserError
from experiments.judge.verdict import Verdict
from experiments.plan.path import grow
from experiments.plan.planned import Plan, differences
from experiments.plan.trials import make_plan
from experiments.report.text import json_text, table_text
from experiments.results.effects import list_effects
from experiments.results.judged import judge
from experiments.results.race import wanted
from tests.experiments.tiny import write

Scores = dict[str, dict[int, float]]
LETTERS = "abcde"
RACED = {"looks": [3, 5, 8], "seeds": None}
CONDITIONS = {
    "conditions": {"plain": {}, "other": {"data": {"x": 1}}},
    "expects": {letter: {"difference": "helps"} for letter in LETTERS},
}
STUDIES = {
    "alone": {"design": "alone"},
    "alone, raced": {"design": "alone", **RACED},
    "without": {"design": "without"},
    "without, raced": {"design": "without", **RACED},
    "both, raced": {"design": ["alone", "without"], **RACED},
    "ladders": {"design": ["stacked", "stacked_reversed"]},
    "factorial": {"design": "factorial", "tricks": ["a.yaml", ["b.yaml", "c.yaml"]]},
    "screen": {"design": "screen"},
    "conditions": {"design": ["alone", "factorial"], "tricks": ["a.yaml", "b.yaml"], **CONDITIONS},
    "conditions, raced": {"design": ["alone", "without"], **RACED, **CONDITIONS},
    "path": {"design": "path", **RACED, "placebo": False},
}


def declared(folder: Path, **settings: object) -> Path:
    write(folder, "base.yaml", {"model": {"class_path": "Segmentation", "init_args": dict.fromkeys(LETTERS, 1)}})
    for letter in LETTERS:
        write(folder, f"{letter}.yaml", {"model": {"init_args": {letter: 2}}})
    tricks = [f"{letter}.yaml" for letter in LETTERS]
    content = {"baseline": "base.yaml", "tricks": tricks, "sesoi": 0.5, "seeds": 4, "placebo": True, **settings}
    used = [
        name.removesuffix(".yaml") for slot in content["tricks"] for name in ([slot] if type(slot) is str else slot)
    ]
    content["expects"] = {trick: said for trick, said in content.get("expects", {}).items() if trick in used}
    write(folder, "study.yaml", {key: value for key, value in content.items() if value is not None})
    return folder / "study.yaml"


@pytest.fixture(scope="module", params=STUDIES)
def planned(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The plan of each kind of study."""
    folder = tmp_path_factory.mktemp("study")
    plan = make_plan(read_ablation(str(declared(folder, **STUDIES[request.param]))), folder / "runs")
    return grow(plan, ["a"], ended=True) if plan.ablation.path else plan


@pytest.fixture(scope="module")
def scores(planned: Plan) -> Scores:
    """Runs of all seeds of fixed ones, and of a race to its end: `a` helps, `b` hurts, the others add noise."""
    rng = np.random.default_rng(5)
    shared = rng.normal(size=40)
    every = {}
    for arm in planned.arms:
        effect = 2.5 * ("a" in arm.tricks) - 2.0 * ("b" in arm.tricks)
        drawn = 70 + effect + 0.6 * shared[list(arm.seeds)] + 0.5 * rng.normal(size=len(arm.seeds))
        every[arm.name] = dict(zip(arm.seeds, drawn.tolist(), strict=True))
    if not planned.ablation.looks:
        return every
    counts = wanted(planned, [])
    while True:
        seen = {arm: dict(list(runs.items())[: counts[arm]]) for arm, runs in every.items()}
        more = wanted(planned, judge(planned, seen)[0])
        if more == counts:
            return seen
        counts = more


def judged(planned: Plan, scores: Mapping[str, Mapping[int, float]], **settings: object) -> list[Verdict]:
    return judge(replace(planned, ablation=replace(planned.ablation, **settings)), scores)[0]


def mapped(scores: Scores, change: Callable[[float], float]) -> Scores:
    return {arm: {seed: change(value) for seed, value in runs.items()} for arm, runs in scores.items()}


def same(one: list[Verdict], other: list[Verdict], factor: float = 1.0) -> None:
    assert [(v.arm, v.k, v.verdict, v.noisier, v.more_seeds) for v in other] == [
        (v.arm, v.k, v.verdict, v.noisier, v.more_seeds) for v in one
    ]
    for name, unit in {"p": 1, "df": 1, "effect": factor, "low": factor, "equivalence_high": factor}.items():
        before, after = ([getattr(v, name) for v in verdicts] for verdicts in (one, other))
        assert after == pytest.approx([unit * value for value in before], rel=1e-6, abs=1e-9 * factor, nan_ok=True)


def common(planned: Plan, one: Verdict, other: Verdict) -> dict[int, float]:
    """Seed → the difference, of those that both verdicts are about: all, unless a path has stopped at another look."""
    assert one.k == other.k or planned.ablation.path
    return dict(one.differences[: other.k])


def test_every_effect_has_its_verdict_and_some_are_found(planned, scores):
    found = judged(planned, scores)
    assert [v.arm for v in found] == [e.name for e in list_effects(planned) if e.name in {v.arm for v in found}]
    assert len(found) >= len(planned.comparisons) + len(differences(planned))
    words = {v.verdict for v in found}
    assert "helps" in words
    assert words & {"hurts", "no material gain"}  # which of the two comes first ends a race
    assert "no verdict (unregistered look)" not in words


def test_shuffling_changes_no_bit(planned, scores):
    rng = np.random.default_rng(0)
    shuffled = {
        str(arm): {int(seed): scores[arm][seed] for seed in rng.permutation(list(scores[arm]))}
        for arm in rng.permutation(list(scores))
    }
    assert judged(planned, shuffled) == judged(planned, scores)


def test_units_and_offsets_change_no_verdict(planned, scores):
    before = judged(planned, scores)
    same(before, judged(planned, mapped(scores, lambda v: 100 * v), sesoi=50.0), factor=100.0)
    same(before, judged(planned, mapped(scores, lambda v: v - 30)))


def test_lower_is_better_flips_the_sign(planned, scores):
    turned = mapped(scores, lambda v: -v)
    same(judged(planned, scores), judged(planned, turned, higher_is_better=False))
    for up, down in zip(judged(planned, scores), judged(planned, scores, higher_is_better=False), strict=True):
        assert common(planned, down, up) == pytest.approx({k: -d for k, d in common(planned, up, down).items()})
        if not planned.ablation.path:
            assert (down.mean, down.p) == pytest.approx((-up.mean, up.p), nan_ok=True)


def test_a_missing_seed_leaves_the_intersection_and_no_verdict(planned, scores):
    arm = next(arm.name for arm in planned.arms if arm.tricks)
    less = {**scores, arm: {seed: value for seed, value in scores[arm].items() if seed != 1}}
    before = {v.arm: v for v in judged(planned, scores)}
    hit = {effect.name for effect in list_effects(planned) if arm in effect.weights}
    for found in judged(planned, less):
        was = before[found.arm]
        left = tuple((seed, d) for seed, d in was.differences if not (seed == 1 and found.arm in hit))
        was = replace(was, differences=left, k=len(left))
        assert common(planned, found, was) == pytest.approx(common(planned, was, found))
        if found.arm in hit:
            assert found.verdict == "no verdict (unregistered look)"


def test_a_run_that_diverged_counts_with_the_failure_value(planned, scores):
    arm = next(arm.name for arm in planned.arms if arm.tricks)
    broken = {**scores, arm: {**scores[arm], 1: math.nan}}
    scored = {**scores, arm: {**scores[arm], 1: 20.0}}
    both = zip(judged(planned, broken, failure_value=20.0), judged(planned, scored), strict=True)
    for found, plain in both:
        assert common(planned, found, plain) == pytest.approx(common(planned, plain, found))
        hit = next(effect for effect in list_effects(planned) if effect.name == found.arm).weights.get(arm, 0)
        assert found.diverged + found.baseline_diverged == (hit != 0)


def test_a_constant_difference_makes_no_claim(planned, scores):
    arms = list(scores)
    moved = {arm: {seed: seed / 7 + 0.1 * arms.index(arm) for seed in scores[arm]} for arm in arms}
    found = [v for v in judged(planned, moved) if not v.placebo]
    assert {v.verdict for v in found} <= {"not estimable", "no-op"}
    assert all(math.isnan(v.p) for v in found)


def test_one_seed_estimates_nothing(planned, scores):
    one = {arm: dict(list(runs.items())[:1]) for arm, runs in scores.items()}
    assert {v.verdict for v in judged(planned, one)} == {"not estimable"}


def test_the_same_runs_give_the_same_bytes(planned, scores):
    first, second = (
        (table_text(found, "val/miou", 0.5), json_text(found, "val/miou", 0.5, "baseline"))
        for found in (judged(planned, scores), judged(planned, dict(reversed(scores.items()))))
    )
    assert first == second


@pytest.mark.parametrize("design", ["alone", "without", "stacked", "factorial", "screen"])
def test_a_seed_is_given_once(tmp_path, design):
    with pytest.raises(UserError, match="the seed 3 is given twice"):
        read_ablation(str(declared(tmp_path, design=design, seeds=[3, 1, 3])))
