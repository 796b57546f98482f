"""A claim that speaks of a condition is judged where the condition is shown or declared, and nowhere else."""

import json
from pathlib import Path

import pytest

from experiments import cli
from experiments.declare.ablation import read_ablation
from experiments.declare.holds import shown
from experiments.plan.trials import make_plan
from experiments.report.outcomes import lines
from experiments.report.page import render
from experiments.report.publish import publish_report
from experiments.results.effects import list_effects
from experiments.results.study import Study
from tests.experiments import conftest
from tests.experiments.pages import find, read, text

TRICK = "drop_path"  # which hurts, where its sheet says that it is equivalent


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Makes a study in which the claim about drop path speaks of a condition."""
    write = conftest.write_ablation

    def made(condition: str, **settings: object) -> Study:
        def written(folder: Path, **keys: object) -> Path:
            file, sheet = write(folder, **keys), folder / f"{TRICK}.yaml"
            sheet.write_text(sheet.read_text().replace('"expects"', f'"holds_when": "{condition}", "expects"'))
            return file

        monkeypatch.setattr(conftest, "write_ablation", written)
        keys = {"tricks": ["fpn.yaml", f"{TRICK}.yaml"], "placebo": False}
        return conftest.make_study(tmp_path, **keys, **settings)

    return made


def said(study: Study) -> str:
    return text(find(read(render(study)), "tr", id=f"arm-{TRICK}")[0])


def test_a_claim_whose_condition_is_nowhere_is_not_tested(make, capsys):
    study = make("depth")
    assert study.verdicts[1].verdict == "hurts"
    assert "– not tested here “equivalent” when: depth" in said(study)
    assert "contradicted" not in said(study)
    assert "The claim holds when: depth, which is not tested here." in render(study)
    publish_report(study.plan)
    assert f"Claims not tested here: {TRICK} (equivalent when: depth)." in capsys.readouterr().out.splitlines()
    assert "Claims not tested here: " in (study.plan.folder / "table.md").read_text()


@pytest.mark.parametrize(
    ("condition", "settings"),
    [
        ("depth", {"shows": ["depth"]}),
        ("depth", {"expects": {TRICK: "equivalent"}}),
        ("imbalance", {"set": {"data": {"init_args": {"imbalance": 1.5}}}}),
    ],
    ids=["declared", "expected", "seen in the data"],
)
def test_a_condition_that_is_shown_or_declared_is_tested(make, condition, settings):
    study = make(condition, **settings)
    assert "✗ contradicted “equivalent”" in said(study)
    assert f"Claims contradicted: {TRICK} (equivalent)." in lines(study)


def test_one_condition_of_an_ablation_may_show_it(tmp_path):
    imbalanced = {"data": {"class_path": "Digits", "init_args": {"imbalance": 1.5}}}
    content = {"baseline": "digits", "tricks": ["focal"], "sesoi": 0.02, "seeds": 3}
    file = tmp_path / "matrix.yaml"
    file.write_text(json.dumps({**content, "conditions": {"balanced": {}, "imbalanced": imbalanced}}))
    plan = make_plan(read_ablation(str(file)), tmp_path)
    assert [effect.untested for effect in list_effects(plan) if effect.trick == "focal"] == ["imbalance", ""]


def test_what_no_trick_speaks_of_is_refused(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "matrix.yaml"
    content = {"baseline": "digits", "tricks": ["focal"], "sesoi": 0.02, "seeds": 3}
    for shows, wanted in (
        (["depht"], "no trick's holds_when names 'depht'; they name imbalance"),
        ("imbalance", "shows must be a list of conditions"),
    ):
        file.write_text(json.dumps({**content, "shows": shows}))
        assert cli.main(["plan", str(file)]) == 2
        assert wanted in capsys.readouterr().err


@pytest.mark.parametrize(
    ("condition", "data", "holds"),
    [
        ("imbalance", {"imbalance": 1.0}, True),
        ("imbalance", {"imbalance": 0.5}, False),
        ("imbalance", {}, False),
        ("many sizes", {"scale": [8, 40]}, True),
        ("many sizes", {"scale": [20, 20]}, False),
        ("a small batch", {"batch_size": 2}, True),
        ("a small batch", {"batch_size": 16}, False),
        ("outliers", {"box_outliers": 0.3}, True),
        ("many sizes", {"scale": "large"}, False),
        ("imbalance", None, False),
        ("depth", {"depth": 100}, False),
    ],
)
def test_data_show_some_conditions_by_how_they_are_set(condition, data, holds):
    assert shown(condition, {"data": {"init_args": data}}) == holds
