"""Tuning through the real command: settings are tried, chosen and run again; a stop in between loses nothing."""

import csv
import json
from pathlib import Path

import pytest

from experiments import cli
from experiments.declare import configs
from tests.experiments import tiny

LR = "model.init_args.optimizer.init_args.lr"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an ablation that was stopped while it was tuned, and run again."""
    folder = tmp_path_factory.mktemp("tune")
    base = tiny.write(folder, "base.yaml", {**tiny.BASELINE, "trainer": {"max_epochs": 1}})
    focal = tiny.write(folder, "focal.yaml", tiny.model(loss={"class_path": "Focal", "init_args": {"gamma": 1.0}}))
    tune = {"grid": {LR: [0.001, 0.2]}, "seeds": 1}
    keys = {"baseline": base, "tricks": [focal], "seeds": 1, "sesoi": 0.02, "metric": "val/accuracy", "tune": tune}
    tiny.write(folder, "a.yaml", keys)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert cli.main(["ablate", "a.yaml", "--jobs", "1", "--max-trials", "4"]) == 0
        assert not list(folder.glob("runs/a/tuned/*/*/result.json"))
        assert cli.main(["ablate", "a.yaml", "--jobs", "1"]) == 0
    return folder / "runs/a"


def test_the_better_setting_of_each_arm_is_run_on_the_judged_seeds(runs):
    with (runs / "trials.csv").open() as file:
        rows = {(row["arm"], row["seed"]): row for row in csv.DictReader(file)}
    assert {row["status"] for row in rows.values()} == {"done"}
    for arm in ("baseline", "focal"):
        scores = {n: float(rows[f"tuning-{n}/{arm}", str(2**31)]["val/accuracy"]) for n in (0, 1)}
        chosen = [0.001, 0.2][max(scores, key=lambda n: scores[n])]
        config = configs.read_yaml(runs / f"tuned/{arm}/seed-0/config.yaml")
        assert config["model"]["init_args"]["optimizer"]["init_args"]["lr"] == chosen
        assert config["seed_everything"] == 0
    assert len(rows) == 2 + 2 * 2 + 2


def test_what_is_tuned_is_measured_registered_and_told(runs):
    registered = json.loads((runs / "registration.json").read_text())["tune"]
    assert (registered["trials"], registered["seeds"]) == (2, [2**31])
    assert {path.name for path in runs.glob("cost/tuned/*.json")} == {"baseline.json", "focal.json"}
    assert "Tuned beside untuned" in (runs / "report.html").read_text()
    assert "Stopped by the budget (max-trials 4): a later run finished it." in (runs / "table.md").read_text()


def test_a_bundle_of_it_verifies(runs, monkeypatch, capsys):
    monkeypatch.chdir(runs.parents[1])
    assert cli.main(["bundle", "a.yaml"]) == 0
    monkeypatch.chdir(runs)
    assert cli.main(["verify", "a.bundle"]) == 0
    assert "recomputed to the byte" in capsys.readouterr().out
