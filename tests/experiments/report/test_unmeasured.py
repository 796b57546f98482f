"""A done trial without a finite metric: said in one line, no verdict, and never told as divergence."""

import json
import math
from pathlib import Path

import pytest

from experiments.cli import main
from tests.experiments.conftest import MakeStudy
from tests.experiments.pages import find, read, text


def report(make_study: MakeStudy, monkeypatch: pytest.MonkeyPatch, arm: str, value: float | None) -> Path:
    """The folder of an ablation in which two done trials of an arm have this metric, reported."""
    folder = make_study().plan.folder
    for seed in (0, 1):
        path = folder / arm / f"seed-{seed}/result.json"
        result = json.loads(path.read_text())
        result["metrics"] |= {"val/miou": value}
        if value is None:
            del result["metrics"]["val/miou"]
        path.write_text(json.dumps(result))
    monkeypatch.chdir(folder.parent.parent)
    assert main(["report", "camvid-tricks.yaml"]) == 0
    return folder


@pytest.mark.parametrize("value", [math.nan, math.inf, None])
def test_an_arm_with_nothing_measured_has_no_verdict(make_study, monkeypatch, capsys, value):
    folder = report(make_study, monkeypatch, "focal", value)
    said = "val/miou is not a finite number in 2 done runs (seeds 0, 1): nothing was measured there"
    shown = capsys.readouterr().out
    assert f"focal: {said}, so it has no verdict." in shown.splitlines()
    row = next(line for line in shown.splitlines() if line.startswith("focal "))
    assert row.endswith("not estimable")
    assert "focal: of" not in shown
    assert "large_lr: of 4 runs 1 diverged" in shown
    assert f"focal: {said}" in (folder / "table.md").read_text()
    root = read((folder / "report.html").read_text())
    assert said in text(find(root, "p", role="status")[0])
    panels = [text(figure) for figure in find(root, "div", class_="panels")[0]]
    assert [panel for panel in panels if "diverged" in panel] == [
        panel for panel in panels if "seed 2 diverged" in panel
    ]


def test_no_arm_has_a_verdict_where_the_baseline_has_nothing_measured(make_study, monkeypatch, capsys):
    report(make_study, monkeypatch, "baseline", math.nan)
    shown = capsys.readouterr().out
    assert "nothing was measured there, so no arm has a verdict." in shown
    assert sum(line.endswith("not estimable") for line in shown.splitlines()) == 6


def test_of_a_metric_that_no_trial_logged_those_that_there_are_are_listed(make_study, monkeypatch, capsys):
    folder = make_study(metric="val/mioux", seeds=2).plan.folder
    monkeypatch.chdir(folder.parent.parent)
    assert main(["report", "camvid-tricks.yaml"]) == 0
    said = "No trial has logged val/mioux; there are train/loss, val/loss, val/miou."
    assert said in (shown := capsys.readouterr().out.splitlines())
    assert (
        "not estimable: no interval without two seeds that both ran, and whose differences are not all the same."
        in shown
    )
    assert said in text(find(read((folder / "report.html").read_text()), "p", role="status")[0])


def diverge(folder, arms) -> None:
    """Let all runs of some arms end as diverged."""
    for path in folder.glob(f"{arms}/seed-*/result.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"status": "diverged", "reason": "the loss is nan"}))


def test_without_a_complete_pair_no_numbers_of_such_are_shown(make_study, monkeypatch, capsys):
    folder = make_study(seeds=2, tricks=["fpn.yaml"], placebo=False).plan.folder
    diverge(folder, "fpn")
    monkeypatch.chdir(folder.parent.parent)
    assert main(["report", "camvid-tricks.yaml"]) == 0
    said = "fpn: of 2 runs 2 diverged, of the baseline's 0; they count. No pair is complete."
    assert said in capsys.readouterr().out.splitlines()


def test_a_class_that_the_ground_truth_lacks_is_named(make_study, monkeypatch):
    folder = make_study().plan.folder
    for path in folder.glob("*/seed-*/result.json"):
        result = json.loads(path.read_text())
        result["metrics"]["val/iou/pole"] = math.nan
        path.write_text(json.dumps(result))
    monkeypatch.chdir(folder.parent.parent)
    assert main(["report", "camvid-tricks.yaml"]) == 0
    said = text(find(read((folder / "report.html").read_text()), "p", class_="scope")[0])
    assert "Means over classes leave out pole, which the ground truth of this split lacks." in said


def test_a_study_all_of_which_diverged_says_so_and_offers_no_recipe(make_study, monkeypatch, capsys):
    folder = make_study(seeds=2, tricks=["fpn.yaml"], placebo=False).plan.folder
    diverge(folder, "*")
    monkeypatch.chdir(folder.parent.parent)
    assert main(["report", "camvid-tricks.yaml"]) == 0
    assert "\nEvery run of the baseline diverged: make it train first, by a lower" in capsys.readouterr().out
    root = read((folder / "report.html").read_text())
    assert "Every run of the baseline diverged : make it train first" in text(find(root, "div", class_="summary")[0])
    assert "There is none yet: no effect could be judged" in text(find(root, "section", id="recipe")[0])
    assert "all differences alike" in text(find(root, "tr", id="arm-fpn")[0])
    assert main(["recipe", "camvid-tricks.yaml"]) == 2
    assert "no effect could be judged; a recipe takes two seeds" in capsys.readouterr().err
