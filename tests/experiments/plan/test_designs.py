"""Designs: from tricks to arms, and what is compared with what."""

import subprocess
import sys
from typing import get_args

import numpy as np
import pytest
import yaml

from experiments.cli import main
from experiments.declare.ablation import read_ablation
from experiments.declare.keys import ARMS, DesignName
from experiments.errors import UserError
from experiments.plan import registration
from experiments.plan.designs import DESIGNS
from experiments.plan.trials import make_plan
from tests.experiments.plan.test_plan import write

LETTERS = "abcdefghijkl"


@pytest.fixture
def planned(tmp_path):
    """Call it with tricks (letters, each of a key of its own) and a design for the plan."""
    keys = dict.fromkeys(LETTERS, 1)
    write(tmp_path, "base.yaml", {"model": {"class_path": "mine.Segmentation", "init_args": {**keys, "rewrites": []}}})
    for letter in LETTERS:
        write(tmp_path, f"{letter}.yaml", {"model": {"init_args": {letter: 2}}})

    def make(tricks, design, **settings):
        slots = [[f"{t}.yaml" for t in slot] if len(slot) > 1 else f"{slot}.yaml" for slot in tricks]
        content = {"baseline": "base.yaml", "tricks": slots, "sesoi": 0.1, "design": design, **settings}
        write(tmp_path, "ablation.yaml", content)
        return make_plan(read_ablation(str(tmp_path / "ablation.yaml")), tmp_path / "runs")

    return make


def arms(planned):
    return {arm.name: "".join(arm.tricks) for arm in planned.arms}


def compared(planned):
    return [each.name for each in planned.comparisons]


def test_every_design_that_may_be_declared_is_there():
    assert list(DESIGNS) == list(get_args(DesignName)) == list(ARMS)


def test_without_is_the_recipe_and_the_recipe_minus_each(planned):
    plan = planned("abc", "without")
    assert arms(plan) == {"baseline": "", "full": "abc", "all-but-a": "bc", "all-but-b": "ac", "all-but-c": "ab"}
    assert compared(plan) == ["a: full − all-but-a", "b: full − all-but-b", "c: full − all-but-c"]
    assert plan.arms[3].merged["model"]["init_args"] == {
        **dict.fromkeys(LETTERS, 1),
        "a": 2,
        "c": 2,
        "rewrites": [],
    }


def test_without_puts_each_alternative_in_the_place_of_the_first(planned):
    plan = planned(["ab", "c"], "without")
    assert arms(plan) == {"baseline": "", "full": "ac", "all-but-a": "c", "full-with-b": "bc", "all-but-c": "a"}
    assert compared(plan) == ["a: full − all-but-a", "b: full-with-b − all-but-a", "c: full − all-but-c"]


def test_stacked_is_the_ladder_and_reversed_the_other_way_round(planned):
    plan = planned("abcd", "stacked")
    assert arms(plan) == {"baseline": "", "a": "a", "upto-b": "ab", "upto-c": "abc", "full": "abcd"}
    assert compared(plan) == ["a", "b: upto-b − a", "c: upto-c − upto-b", "d: full − upto-c"]
    plan = planned("abcd", "stacked_reversed")
    assert arms(plan) == {"baseline": "", "d": "d", "from-c": "cd", "from-b": "bcd", "full": "abcd"}
    assert compared(plan) == ["d", "c: from-c − d", "b: from-b − from-c", "a: full − from-b"]


def test_a_ladder_goes_on_from_the_first_alternative(planned):
    plan = planned(["a", "bc", "d"], "stacked")
    assert arms(plan) == {"baseline": "", "a": "a", "upto-b": "ab", "upto-c": "ac", "full": "abd"}
    assert compared(plan) == ["a", "b: upto-b − a", "c: upto-c − a", "d: full − upto-b"]


def test_a_factorial_is_all_subsets_or_one_of_each_group_at_most(planned):
    assert arms(planned("abc", "factorial")) == {
        **{"baseline": "", "a": "a", "b": "b", "a+b": "ab"},
        **{"c": "c", "a+c": "ac", "b+c": "bc", "full": "abc"},
    }
    assert list(arms(planned(["abc", "de"], "factorial")).values()) == [
        *("", "a", "b", "c"),
        *("d", "ad", "bd", "cd"),
        *("e", "ae", "be", "ce"),
    ]
    assert len(planned("abcdef", "factorial").arms) == 64


@pytest.mark.parametrize(("count", "runs"), [(5, 16), (6, 16), (7, 16), (8, 16), (9, 24), (10, 24), (11, 24)])
def test_a_screen_is_balanced_and_its_averages_are_clear_of_each_other_and_of_interactions_of_two(planned, count, runs):
    tricks = LETTERS[:count]
    plan = planned(tricks, "screen")
    assert len({arm.tricks for arm in plan.arms}) == len(plan.arms) == runs
    assert plan.arms[0].name == "baseline"
    signs = np.array([[1 if t in arm.tricks else -1 for t in tricks] for arm in plan.arms])
    assert np.array_equal(signs.T @ signs, runs * np.eye(count))
    pairs = np.stack([signs[:, i] * signs[:, j] for i in range(count) for j in range(i)], axis=1)
    assert not (signs.T @ pairs).any()
    assert not signs.sum(axis=0).any()


def test_designs_share_the_arms_that_are_the_same(planned):
    plan = planned("ab", ["alone", "without", "stacked"], placebo=True)
    assert arms(plan) == {"baseline": "", "a": "a", "b": "b", "full": "ab", "placebo": ""}
    assert compared(plan) == ["a", "b", "a: full − b", "b: full − a"]
    assert len(plan.trials) == 5 * 3
    assert len(planned("abc", ["alone", "without", "stacked", "stacked_reversed", "factorial"]).arms) == 8


def test_what_is_compared_is_registered_and_alone_registers_what_it_always_did(planned):
    content = registration.content(planned("ab", ["alone", "without"], expects={"b": "hurts"}))
    expected = {"a": "unknown", "b": "hurts", "a: full − b": "unknown", "b: full − a": "hurts"}
    assert content["effects"] == expected
    assert registration.content(planned("ab", "factorial"))["effects"].keys() == {
        "a: average of factorial",
        "b: average of factorial",
    }
    assert "effects" not in registration.content(planned("ab", "alone"))


@pytest.mark.parametrize(
    ("tricks", "design", "settings", "message"),
    [
        ("a", "without", {}, "design without takes 2 tricks or more, got 1"),
        (["ab"], "stacked", {}, "design stacked takes 2 tricks or more, got 1"),
        ("a", "factorial", {}, "design factorial takes 2 tricks or more, got 1"),
        ("abcdefg", "factorial", {}, r"design factorial takes at most 64 arms \(6 tricks\), got 128 of 7 tricks"),
        ("abcd", "screen", {}, "design screen takes 5 to 11 tricks, got 4; factorial answers more in as many arms"),
        ("abcdefghijkl", "screen", {}, "design screen takes 5 to 11 tricks, got 12$"),
        (["ab", *"cdef"], "screen", {}, r"design screen takes no alternatives, got \[a, b\]; factorial does"),
        ("abcde", "screen", {"seeds": 2}, "design screen takes 3 seeds or more, for seeds are its blocks, got 2"),
    ],
)
def test_designs_refuse_what_they_cannot_be_made_of(planned, tricks, design, settings, message):
    with pytest.raises(UserError, match=message):
        planned(tricks, design, **settings)


def test_no_name_is_cut_where_a_screen_s_are_longer_than_a_line(planned, tmp_path, capsys, monkeypatch):
    tricks = [f"a_rather_long_name_{letter}" for letter in "abcde"]
    for letter, name in zip("abcde", tricks, strict=True):
        write(tmp_path, f"{name}.yaml", {"model": {"init_args": {letter: 2}}})
    planned("ab", "alone")
    keys = {"baseline": "base.yaml", "tricks": [f"{name}.yaml" for name in tricks], "sesoi": 0.1, "design": "screen"}
    write(tmp_path, "long.yaml", keys)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["plan", str(tmp_path / "long.yaml")]) == 0
    assert "…" not in capsys.readouterr().out


def test_arms_that_would_share_a_folder_are_refused(planned, tmp_path):
    write(tmp_path, "full.yaml", {"model": {"init_args": {"a": 3}}})
    write(tmp_path, "ab.yaml", {"baseline": "base.yaml", "tricks": ["full.yaml", "b.yaml"], "sesoi": 1})
    settings = yaml.safe_load((tmp_path / "ab.yaml").read_text())
    write(tmp_path, "ab.yaml", {**settings, "design": ["alone", "without"]})
    with pytest.raises(UserError, match="two arms would be called 'full'"):
        make_plan(read_ablation(str(tmp_path / "ab.yaml")))


def test_a_trick_that_changes_nothing_is_refused_in_a_screen_too(planned):
    with pytest.raises(UserError, match=r"the trick c changes nothing: the baseline already has model\.init_args\.c"):
        planned("abcdef", "screen", set={"model": {"init_args": {"c": 2}}})


def test_plan_says_what_is_compared_and_names_aliases_before_anything_runs(planned, tmp_path):
    def shown(*args, **settings):
        planned(*args, **settings)
        command = [sys.executable, "-m", "experiments", "plan", str(tmp_path / "ablation.yaml")]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    text = shown("abcdef", ["without", "screen"])
    rows = [" ".join(line.split()) for line in text.splitlines()]
    assert "a full − all-but-a without" in rows
    assert "a mean of the arms with it − mean of those without screen" in rows
    assert "b model.b: 1 → 2" in rows
    assert "  a × e = b × c = d × f" in text.splitlines()
