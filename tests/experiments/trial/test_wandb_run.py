"""`fit --wandb`: kept on disk where no server answers, and uploaded later as if it had gone there at once."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from experiments.cli import main
from tests.experiments import tiny
from tests.experiments.trial.test_loggers import assert_whole
from tests.wandb_server import serving

BIN = Path(sys.executable).parent
NOWHERE = {"WANDB_BASE_URL": "http://127.0.0.1:9", "WANDB_API_KEY": "0" * 40, "WANDB_MODE": "online"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a detector that was trained without a network, and what was said."""
    folder = tmp_path_factory.mktemp("kept")
    words = tiny.fit(folder, tiny.detection(score_threshold=0.0, max_detections=5), words=("--wandb", "me/tricks"))
    own = {**os.environ, **NOWHERE}
    done = subprocess.run([BIN / "trickbench", *words], env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_without_a_network_a_run_is_kept_on_disk_and_a_line_says_so(kept):
    folder, said = kept
    where = f"runs are kept on disk; later: wandb sync {folder}/wandb/latest-run"
    assert f"W&B: http://127.0.0.1:9 cannot be reached: {where}" in said.splitlines()


def test_what_was_kept_is_uploaded_later_row_for_row(kept):
    folder, _ = kept
    with serving() as server:
        words = [BIN / "wandb", "sync", folder / "wandb/latest-run"]
        own = {**os.environ, **server.environment()}
        subprocess.run(words, cwd=folder, env=own, check=True, capture_output=True)
    (run,) = server.runs.values()
    assert_whole(run.history, folder, once=True)
    with (folder / "metrics.csv").open() as file:
        steps = [int(row["step"]) - 1 for row in csv.DictReader(file)]
    assert [row["_step"] for row in run.history if "val/map" in row] == steps
    assert (run.fields["entity"], run.fields["project"], run.state) == ("me", "tricks", "finished")


def test_a_detectors_predictions_are_boxes_beside_the_truth(kept):
    files = [*kept[0].glob("wandb/latest-run/files/media/metadata/boxes2D/*.json")]
    shown = [json.loads(file.read_text()) for file in files]
    assert {len(each["class_labels"]) for each in shown} == {10}
    boxes = [box for each in shown for box in each["box_data"]]
    assert {"score" in box.get("scores", {}) for box in boxes} == {True, False}
    assert all(box["position"]["minX"] <= box["position"]["maxX"] <= 32 for box in boxes)


def test_a_config_with_a_run_of_its_own_is_refused_before_anything_is_trained(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    logger: dict[str, Any] = {"trainer": {"logger": [{"class_path": "WandbLogger", "init_args": {"offline": True}}]}}
    assert main(tiny.fit(tmp_path / "run", logger, words=("--wandb",))) == 2
    assert tiny.complaint(capsys) == "--wandb: the config names a WandbLogger, too; leave one of the two out"
    base = tiny.write(tmp_path, "base.yaml", tiny.BASELINE)
    trick = tiny.write(tmp_path, "hot.yaml", tiny.model(optimizer={"init_args": {"lr": 1.0}}))
    tiny.write(tmp_path, "m.yaml", {"baseline": base, "tricks": [trick], "seeds": 1, "sesoi": 0.1, "set": logger})
    assert main(["ablate", "m.yaml", "--wandb"]) == 2
    assert "--wandb: the config of baseline names a WandbLogger, too" in tiny.complaint(capsys)
    assert not (tmp_path / "runs").exists()
