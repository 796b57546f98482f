"""What `plan` says that an ablation can show, before anything is spent."""

import json
import math

import pytest
from scipy import special

from experiments import cli
from experiments.declare.ablation import read_ablation
from experiments.plan.trials import make_plan
from experiments.report.prospects import lines
from tests.experiments.conftest import make_study, write_ablation


@pytest.mark.parametrize(
    ("keys", "spread", "said"),
    [
        ({"seeds": 5}, "0.03", ("with 5 seeds", "times sesoi", "cannot answer its question")),
        ({"seeds": 5}, "0.001", ("with 5 seeds", "chance of 100%", "can answer its question")),
        ({"seeds": 1}, "0.001", ("with 1 seed nothing can be shown",)),
        ({"design": "without"}, "0.03", ("with 4 seeds",)),
        ({"design": ["alone", "factorial"]}, "0.01", ("\nalone: with 4 seeds", "\nfactorial: with 4 seeds")),
    ],
)
def test_a_given_spread_tells_what_can_be_shown(tmp_path, monkeypatch, capsys, keys, spread, said):
    monkeypatch.chdir(tmp_path)
    file = write_ablation(tmp_path, **keys)
    assert cli.main(["plan", str(file), "--spread", spread]) == 0
    out = capsys.readouterr().out
    assert f"spread of a paired difference: {spread}, as given" in out
    for part in said:
        assert part in out


CONDITIONS = {"few": {"trainer": {"max_steps": 5}}, "many": {"trainer": {"max_steps": 9}}}


def test_what_is_the_same_for_all_conditions_is_said_once(tmp_path):
    file = write_ablation(tmp_path, conditions=CONDITIONS, placebo=False)
    spread, shown = lines(make_plan(read_ablation(str(file))), 0.01)
    assert spread == "spread of a paired difference: 0.01, as given"
    assert shown.startswith("with 4 seeds the smallest effect")


def test_each_condition_has_its_own_pilot(tmp_path):
    study = make_study(
        tmp_path,
        conditions=CONDITIONS,
        placebo=False,
        keep=lambda trial: trial.arm.endswith("/baseline") and trial.seed < 2 + trial.arm.startswith("few"),
    )
    told = lines(study.plan)
    assert [line.split(": ")[0] for line in told] == ["few/alone", "few/alone", "many/alone", "many/alone"]
    assert ["of 3 baseline seeds" in told[0], "of 2 baseline seeds" in told[2]] == [True, True]


def test_averages_over_arms_show_more_than_pairs(tmp_path):
    file = write_ablation(tmp_path, design=["alone", "factorial"])
    alone, factorial = (line for line in lines(make_plan(read_ablation(str(file))), 0.008) if "with 4" in line)
    assert "cannot" in alone
    assert "can answer" in factorial


def test_a_race_is_taken_at_its_last_look(tmp_path):
    file = write_ablation(tmp_path)
    declared = json.loads(file.read_text())
    file.write_text(json.dumps({key: value for key, value in declared.items() if key != "seeds"}))
    (_, told) = lines(make_plan(read_ablation(str(file))), 0.01)
    level = 0.05 / 5 * 64 / 98  # of five tricks, at the look of 8 seeds after 3 and 5
    found = float(told.split("is ")[1].split(",")[0])
    assert told.startswith("with 8 seeds ")
    bar = special.stdtrit(9, 1 - level / 2)  # 7 degrees of its own and 2 of the others'
    below, above = (1 - special.nctdtr(9, share * found / 0.01 * math.sqrt(8), bar) for share in (0.95, 1.05))
    assert below < 0.8 < above


def test_the_baselines_seeds_that_are_done_are_a_pilot(tmp_path):
    study = make_study(tmp_path, keep=lambda trial: trial.arm == "baseline" and trial.seed < 3)
    told = lines(study.plan)
    assert "√2 × that of 3 baseline seeds" in told[0]
    low, high = (float(word.strip(");")) for word in told[0].split("95 %: ")[1].split(" ")[:3:2])
    assert low < float(told[0].split(": ")[1].split(",")[0]) < high
    assert told[1].startswith("with 4 seeds the smallest effect that can be shown (80 % power) is ")


def test_one_seed_of_the_baseline_tells_no_spread(tmp_path):
    assert lines(make_study(tmp_path, keep=lambda trial: trial.arm == "baseline" and trial.seed < 1).plan) == []
