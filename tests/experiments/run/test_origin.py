"""What lies in a trial's folder counts only if it was made from what the trial is, whoever made it."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from experiments import cli
from experiments.declare.ablation import read_ablation
from experiments.plan.planned import Plan
from experiments.plan.trials import make_plan
from experiments.results.study import TIMINGS
from experiments.run import attempts
from experiments.trial import train
from tests.experiments import tiny


def matrix(folder: Path, **keys) -> Plan:
    """Two arms, two seeds, one epoch."""
    base = tiny.write(folder, "base.yaml", {**tiny.BASELINE, "trainer": {"max_epochs": 1}})
    focal = tiny.write(folder, "focal.yaml", tiny.model(loss={"class_path": "Focal"}))
    goal = {"metric": "val/loss", "higher_is_better": False, "failure_value": 9.0, "sesoi": 0.01, "seeds": 2}
    file = tiny.write(folder, "matrix.yaml", {"baseline": base, "tricks": [focal], **goal, **keys})
    return make_plan(read_ablation(file), folder / "runs")


def command(name: str, planned: Plan) -> int:
    return cli.main([name, str(planned.ablation.file), "--runs", str(planned.folder.parent)])


def ablate(folder: Path) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "OMP_NUM_THREADS": "1"}
    words = [sys.executable, "-m", "experiments", "ablate", "matrix.yaml"]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def rows(planned: Plan) -> list[dict[str, str]]:
    with (planned.folder / "trials.csv").open() as file:
        return [{key: value for key, value in row.items() if key not in TIMINGS} for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Every trial run by its own command line, by hand."""
    planned = matrix(tmp_path_factory.mktemp("by_hand"))
    assert [cli.main(trial.argv) for trial in planned.trials] == [0] * 4
    return planned


def test_trials_that_were_run_by_hand_are_collected(by_hand, capsys):
    assert command("status", by_hand) == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()[1:3]] == [
        ["baseline", "2"],
        ["focal", "2"],
    ]
    assert command("report", by_hand) == 0
    assert [row["status"] for row in rows(by_hand)] == ["done"] * 4


def test_a_report_of_nothing_says_so(tmp_path, capsys):
    planned = matrix(tmp_path)
    planned.folder.mkdir(parents=True)
    assert command("report", planned) == 2
    assert "of 4 trials in" in tiny.complaint(capsys)


def test_what_others_left_in_the_folders_is_set_aside_and_every_trial_is_trained(by_hand, tmp_path):
    planned = matrix(tmp_path)
    other_seed, quick, bare, swapped = planned.trials
    assert train.main([*other_seed.argv, "--seed_everything=7"]) == 0
    assert train.main([*quick.argv, "--trainer.limit_train_batches=1"]) == 0
    left = other_seed.folder / "checkpoints/last.ckpt"
    for trial in (bare, swapped):
        (trial.folder / "checkpoints").mkdir(parents=True)
        shutil.copy(left, trial.folder / "checkpoints")
    record = {"made_from": swapped.origin.record}
    (swapped.folder / "trial.json").write_text(json.dumps(record))
    done = ablate(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert command("report", by_hand) == 0
    assert rows(planned) == rows(by_hand)
    for trial in (other_seed, quick, bare):
        assert f"{trial.folder.relative_to(tmp_path)} held what was made from something else: it is now" in done.stdout
    assert "was not made from what this trial is" in (swapped.folder / "log.txt").read_text()
    trials = planned.trials[0].folder.parent
    kept = [*trials.glob("*.stale/checkpoints/last.ckpt"), *trials.glob("*/*/last.ckpt.stale")]
    assert len(kept) == 4


@pytest.mark.parametrize("lost", ["result.json", "metrics.csv"])
@pytest.mark.filterwarnings("ignore:The dirpath has changed")
def test_a_trial_whose_files_were_damaged_is_whole_again_without_training(by_hand, tmp_path, lost):
    planned = matrix(tmp_path)
    trial = planned.trials[0]
    shutil.copytree(by_hand.trials[0].folder, trial.folder)
    before = (trial.folder / "metrics.csv").read_bytes()
    (trial.folder / lost).write_bytes(b"\0 half")
    assert attempts.states((trial,), tmp_path / "ledger") == ["open"]
    attempts.take(trial)
    assert attempts.attempt(trial) == 0
    assert attempts.states((trial,), tmp_path / "ledger") == ["done"]
    assert (trial.folder / "metrics.csv").read_bytes() == before
    assert not list(trial.folder.glob("checkpoints/*.stale"))


def test_a_fit_leaves_alone_what_another_left(by_hand, tmp_path, capsys):
    trial = by_hand.trials[0]
    shutil.copytree(trial.folder, tmp_path / "unfinished")
    (tmp_path / "unfinished/result.json").unlink()
    before = (tmp_path / "unfinished/checkpoints/last.ckpt").read_bytes()
    words = [*trial.argv, f"--trainer.default_root_dir={tmp_path}/unfinished"]
    assert train.main([*words, "--seed_everything=7"]) == 0
    assert "holds another trial; this one goes to" in capsys.readouterr().out
    assert (tmp_path / "unfinished/checkpoints/last.ckpt").read_bytes() == before
    assert (tmp_path / "unfinished/rerun-1/result.json").exists()


@pytest.mark.filterwarnings("ignore:The dirpath has changed")
def test_a_trial_that_goes_on_from_anothers_weights_does_not_count(by_hand, tmp_path):
    planned = matrix(tmp_path)
    foreign = by_hand.trials[1].folder / "checkpoints/last.ckpt"
    assert train.main([*planned.trials[0].argv, f"--ckpt_path={foreign}"]) == 0
    content = json.loads((planned.trials[0].folder / "result.json").read_text())
    assert content["made_from"]["resumed_from"] == by_hand.trials[1].origin.record
    assert command("report", planned) == 2
