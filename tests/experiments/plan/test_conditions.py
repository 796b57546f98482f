"""Conditions: every arm under each of them, and what may not be declared."""

import pytest
import yaml

from experiments.declare.ablation import read_ablation
from experiments.errors import UserError
from experiments.plan import registration
from experiments.plan.planned import differences
from experiments.plan.trials import make_plan
from tests.experiments.tiny import write

INIT = {"a": 1, "b": 2, "c": 3, "rewrites": []}
CONDITIONS = {"low": {"data": {"x": 1}}, "high": {"data": {"x": 2}, "model": {"init_args": {"c": 4}}}}


@pytest.fixture
def planned(tmp_path):
    """Call it with an ablation's keys for the plan of one of two tricks under two conditions."""
    write(tmp_path, "base.yaml", {"model": {"class_path": "Segmentation", "init_args": INIT}, "data": {"x": 0}})
    write(tmp_path, "one.yaml", {"about": {"expects": "helps"}, "model": {"init_args": {"a": 2}}})
    write(tmp_path, "two.yaml", {"model": {"init_args": {"b": 3}}})
    write(tmp_path, "same.yaml", {"about": {"title": "Low again"}, **CONDITIONS["low"]})

    def make(**keys):
        content = {"baseline": "base.yaml", "tricks": ["one.yaml"], "sesoi": 0.1, "conditions": CONDITIONS, **keys}
        write(tmp_path, "ablation.yaml", {k: v for k, v in content.items() if v is not None})
        return make_plan(read_ablation(str(tmp_path / "ablation.yaml")), tmp_path / "runs")

    return make


def test_every_arm_is_trained_under_each_condition(planned, tmp_path):
    plan = planned(set={"data": {"y": 5}}, seeds=2)
    assert [(arm.name, arm.seeds) for arm in plan.arms] == [
        *(("low/baseline", (0, 1)), ("low/one", (0, 1))),
        *(("high/baseline", (0, 1)), ("high/one", (0, 1))),
    ]
    assert [str(trial.link.relative_to(tmp_path / "runs/ablation")) for trial in plan.trials[::2]] == [
        *("low/baseline/seed-0", "low/one/seed-0", "high/baseline/seed-0", "high/one/seed-0")
    ]
    merged = [arm.merged for arm in plan.arms]
    assert [config["data"] for config in merged] == [{"x": x, "y": 5} for x in (1, 1, 2, 2)]
    assert [tuple(config["model"]["init_args"].values())[:3] for config in merged] == [
        *((1, 2, 3), (2, 2, 3), (1, 2, 4), (2, 2, 4))
    ]
    assert [(each.name, each.arm, each.against) for each in plan.comparisons] == [
        *(("low/one", "low/one", "low/baseline"), ("high/one", "high/one", "high/baseline"))
    ]


def test_each_condition_is_raced_with_a_bank_of_its_own(planned, tmp_path):
    write(tmp_path, "three.yaml", {"model": {"init_args": {"b": 5}}})
    names = ["one.yaml", ["two.yaml", "three.yaml"]]
    seeds = {arm.name: len(arm.seeds) for arm in planned(tricks=names, placebo=True).arms}
    arms = {"baseline": 16, "one": 8, "two": 8, "three": 8}  # the second half of the bank is the placebo
    assert seeds == {f"{condition}/{arm}": most for condition in ("low", "high") for arm, most in arms.items()}


def test_a_placebo_without_a_bank_is_an_arm_of_each_condition(planned):
    raced, fixed = planned(placebo=True), planned(placebo=True, seeds=[0, 4])
    names = [f"{condition}/{arm}" for condition in ("low", "high") for arm in ("baseline", "one")]
    assert [arm.name for arm in raced.arms] == [*names, "low/placebo", "high/placebo"]
    assert [arm.seeds for arm in fixed.arms] == [(0, 4)] * 4 + [(5, 6)] * 2
    assert fixed.arms[-1].merged == fixed.arm("high/baseline").merged


def test_one_condition_may_be_the_baseline_as_it_is(planned):
    plan = planned(conditions={"plain": {}, "high": CONDITIONS["high"]}, seeds=2)
    assert [arm.merged["data"]["x"] for arm in plan.arms] == [0, 0, 2, 2]


def test_a_condition_may_be_a_file(planned):
    by_file = planned(conditions={"low": "same.yaml", "high": CONDITIONS["high"]})
    assert by_file.arms[0].merged == planned().arms[0].merged


def test_expectations_are_of_a_condition_or_of_all(planned):
    def registered(expects):
        return registration.content(planned(expects=expects))["effects"]

    assert registered({}) == {"low/one": "helps", "high/one": "helps"}
    assert registered({"one": "hurts"}) == {"low/one": "hurts", "high/one": "hurts"}
    said = {"low": "equivalent", "difference": "hurts"}
    assert registered({"one": said}) == {"low/one": "equivalent", "high/one": "helps", "one: high − low": "hurts"}


def test_a_difference_is_of_each_effect_that_the_trick_has(planned):
    keys = {"tricks": ["one.yaml", "two.yaml"], "design": ["alone", "without", "factorial"]}
    plan = planned(**keys, expects={"one": {"difference": "helps"}})
    assert [(each.name, each.effect, each.minus) for each in differences(plan)] == [
        ("one: high − low", "high/one", "low/one"),
        ("one: high − low, full − two", "one: high/full − high/two", "one: low/full − low/two"),
        (
            "one: high − low, average of factorial",
            "one: average of high/factorial",
            "one: average of low/factorial",
        ),
    ]
    assert len(plan.arms) == 8


def test_conditions_are_registered_in_their_order(planned):
    said = {"expects": {"one": {"difference": "helps"}}}
    there = registration.content(planned(**said))
    back = registration.content(planned(**said, conditions=dict(reversed(CONDITIONS.items()))))
    assert there["conditions"] == ["low", "high"]
    assert registration.sha256(there) != registration.sha256(back)


LOW, HIGH = CONDITIONS.values()
REFUSED = {
    "one alone": ({"conditions": {"low": LOW}}, "conditions must be a mapping of two or more names"),
    "no mapping": ({"conditions": {"low": LOW, "high": 3}}, "conditions must be a mapping of two or more names"),
    "nothing": (
        {"conditions": {"low": {"data": {"x": 1}}, "high": {"data": {"x": 0}}}},
        "the condition high changes nothing",
    ),
    "neither": ({"conditions": {"low": {}, "high": {}}}, "low and high are the same: neither changes"),
    "twins": ({"conditions": {"low": LOW, "more": "same.yaml"}}, "the conditions low and more are the same"),
    "no file": ({"conditions": {"low": LOW, "high": "none.yaml"}}, "conditions: no file is called 'none.yaml'"),
    "path": ({"conditions": {"../low": LOW, "high": HIGH}}, "a condition's name, .* got '../low'"),
    "costs": ({"conditions": {"cost": LOW, "high": HIGH}}, "a condition's name, .* got 'cost'"),
    "word": ({"conditions": {"difference": LOW, "high": HIGH}}, "a condition's name, .* got 'difference'"),
    "taken": ({"conditions": {"low": LOW, "high": {"threads": 2}}}, "condition high: threads must not be set"),
    "shared": (
        {"conditions": {"low": LOW, "high": {"model": {"init_args": {"a": 7}}}}},
        "the condition high and the trick one both set model.init_args.a",
    ),
    "arm": ({"expects": {"four": {"low": "helps"}}}, "expects names 'four', which is none of its tricks"),
    "condition": ({"expects": {"one": {"lo": "helps"}}}, "expects of one names 'lo', which is none .*; nearest: low"),
    "none": ({"conditions": None, "expects": {"one": {"low": "helps"}}}, "none of its conditions; there are none"),
    "expectation": ({"expects": {"one": {"low": "wins"}}}, "expects must be a mapping of tricks to helps"),
    "three": (
        {"conditions": {**CONDITIONS, "top": {"data": {"x": 9}}}, "expects": {"one": {"difference": "helps"}}},
        "expects of one: difference takes exactly two conditions, got 3",
    ),
}


@pytest.mark.parametrize(("keys", "message"), REFUSED.values(), ids=REFUSED)
def test_what_conditions_may_not_be(planned, keys, message):
    with pytest.raises(UserError, match=message) as error:
        planned(**keys)
    assert "\n" not in str(error.value)


def test_a_key_that_is_given_twice_is_refused(planned, tmp_path):
    planned()
    text = yaml.safe_dump({"baseline": "base.yaml", "tricks": ["one.yaml"], "sesoi": 0.1})
    (tmp_path / "ablation.yaml").write_text(
        f"{text}conditions:\n  low: {{data: {{x: 1}}}}\n  low: {{data: {{x: 2}}}}\n"
    )
    with pytest.raises(UserError, match="low"):
        read_ablation(str(tmp_path / "ablation.yaml"))
