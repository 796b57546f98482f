"""Trials record what they started from, by which arms prove to be paired, and where they ran."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch

from experiments.trial import train
from experiments.trial.callbacks.beginning import _bytes
from experiments.trial.callbacks.place import describe_place
from tests.experiments.tiny import fit, model
from tests.experiments.trial.test_train import Died

FPN = model(fusion={"class_path": "FPN", "init_args": {"channels": 4}})
MIX = {"trainer": {"callbacks": [{"class_path": "MixUp"}]}}
SHORT = "--trainer.max_epochs=1"


def started(folder: Path, *layers: dict[str, Any], words: tuple[str, ...] = ()) -> dict[str, Any]:
    assert train.main(fit(folder, *layers, words=(SHORT, *words))) == 0
    result = json.loads((folder / "result.json").read_text())
    weights = dict(record.split(":", 1) for record in result["start"].pop("weights").split())
    return {**result["start"], "weights": weights, "places": result["places"], "links": result["links"]}


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("start")
    return {
        "baseline": started(folder / "baseline"),
        "fpn": started(folder / "fpn", FPN),
        "mix": started(folder / "mix", MIX),
        "other seed": started(folder / "seed", words=("--seed_everything=1",)),
    }


def test_arms_of_one_seed_start_from_the_same_batch_and_the_same_shared_weights(trials):
    baseline, fpn, mix, other = trials.values()
    assert baseline["batch"] == fpn["batch"] == mix["batch"] != other["batch"]  # as it was before MixUp
    shared = baseline["weights"].keys() & fpn["weights"].keys()
    assert len(fpn["weights"]) > len(shared) > 20
    differ = [name for name in shared if baseline["weights"][name] != fpn["weights"][name]]
    assert len(differ) == 1  # the bias behind the pyramid, the same draw on another scale: torch's hangs on the inputs
    assert baseline["weights"] == mix["weights"]


def test_weights_of_another_seed_are_others_unless_they_are_constants(trials):
    baseline, other = trials["baseline"]["weights"], trials["other seed"]["weights"]
    constant = {name for name, said in baseline.items() if int(said.rpartition(":")[2]) < 0}
    assert 0 < len(constant) < len(baseline)
    assert {name for name in baseline if baseline[name] == other[name]} == constant


def test_the_data_are_the_same_for_all(trials):
    assert {trial["validation"] for trial in trials.values()} == {trials["baseline"]["validation"]}
    assert trials["baseline"]["samples"] == {"train": 16, "val": 10}
    assert trials["baseline"]["links"] == []


def test_a_resumed_trial_tells_what_it_started_from_at_first(trials, tmp_path):
    die = {"class_path": "tests.experiments.trial.test_train.DieAfter", "init_args": {"epoch": 0}}
    with pytest.raises(Died):
        train.main(fit(tmp_path, {"trainer": {"callbacks": [die]}}))
    resumed = started(tmp_path, words=("--trainer.max_epochs=2", f"--ckpt_path={tmp_path}/checkpoints/last.ckpt"))
    assert resumed == trials["baseline"]


def test_the_commit_of_the_users_project_and_whether_it_was_changed(tmp_path, monkeypatch):
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "own.py"], ["commit", "-qm", "one"]):
        (tmp_path / "own.py").write_text("x = 1\n")
        subprocess.run([*git, *words], check=True)
    (inside := tmp_path / "inside").mkdir()
    monkeypatch.chdir(inside)
    found = describe_place(torch.device("cpu"))
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    assert found["repositories"]["project"] == {"commit": commit, "clean": True}
    assert "cores" in found["machine"]
    (tmp_path / "own.py").write_text("x = 2\n")
    assert describe_place(torch.device("cpu"))["repositories"]["project"] == {"commit": commit, "clean": False}
    monkeypatch.setenv("PATH", "")
    assert describe_place(torch.device("cpu"))["repositories"] == {}


def test_a_batch_of_one_number_has_bytes_whatever_its_stride():
    number = torch.ones(1)
    assert list(_bytes({"area": [number.as_strided((1,), (0,))]})) == list(_bytes([number]))
