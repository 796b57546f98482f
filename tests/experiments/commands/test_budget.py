"""A budget of FLOPs through the real command: every arm's trials are as long as they afford."""

import json
from pathlib import Path

import pytest

from experiments import cli
from experiments.run.outcome import read_curve
from tests.experiments import tiny


@pytest.fixture(scope="module")
def spent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a cheap and a dear arm have spent the same."""
    folder = tmp_path_factory.mktemp("budget")
    base = tiny.write(folder, "base.yaml", {**tiny.BASELINE, "trainer": {"max_epochs": 1}})
    fpn = tiny.write(folder, "fpn.yaml", tiny.model(fusion={"class_path": "FPN", "init_args": {"channels": 16}}))
    keys = {"baseline": base, "tricks": [fpn], "seeds": 1, "sesoi": 0.02, "budget": {"flops": 2e7}}
    tiny.write(folder, "a.yaml", keys)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert cli.main(["ablate", "a.yaml", "--jobs", "1"]) == 0
    return folder


def test_flops_of_whole_trainings_are_equal_and_registered(spent):
    registered = json.loads((spent / "runs/a/registration.json").read_text())["budget"]
    assert registered["flops"] == 2e7
    for arm, steps in registered["lengths"].items():
        measured = json.loads((spent / f"runs/a/cost/{arm}.json").read_text())
        assert abs(steps * measured["flops_per_step"] - 2e7) <= measured["flops_per_step"] / 2
        assert 2 * 4 * measured["flops"] < measured["flops_per_step"] <= 3 * 4 * measured["flops"]  # 4 images, and back
        curve = read_curve(spent / f"runs/a/{arm}/seed-0")
        assert curve
        assert curve[-1]["step"] == steps
    assert registered["lengths"]["baseline"] > 2 * registered["lengths"]["fpn"]


def test_plan_and_page_say_the_steps_and_the_same_command_trains_nothing(spent, monkeypatch, capsys):
    monkeypatch.chdir(spent)
    lengths = json.loads((spent / "runs/a/registration.json").read_text())["budget"]["lengths"]
    assert cli.main(["plan", "a.yaml"]) == 0
    said = capsys.readouterr().out
    assert "budget: 20,000,000 FLOPs a trial\n" in said
    for arm, steps in lengths.items():
        assert any(line.split()[:3] == [arm, "0", str(steps)] for line in said.splitlines())
    page = (spent / "runs/a/report.html").read_text()
    assert f"20,000,000 FLOPs ({lengths['fpn']} to {lengths['baseline']} steps)" in page
    assert cli.main(["ablate", "a.yaml"]) == 0
    assert "sha256" not in capsys.readouterr().out


def test_a_bundle_of_it_verifies(spent, monkeypatch, capsys):
    monkeypatch.chdir(spent)
    assert cli.main(["bundle", "a.yaml"]) == 0
    monkeypatch.chdir(spent / "runs/a")
    assert cli.main(["verify", "a.bundle"]) == 0
    assert "recomputed to the byte" in capsys.readouterr().out
