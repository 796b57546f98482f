"""Trials are trained once: ablations share them, `trials` lists and prunes them."""

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import pytest

from experiments import cli, lease
from experiments.declare.ablation import read_ablation
from experiments.folder import LEDGER, REGISTRATION
from experiments.plan.planned import Plan
from experiments.plan.trials import make_plan
from experiments.process import this
from experiments.run import attempts, ledger
from tests.experiments import tiny
from tests.experiments.conftest import make_study
from tests.experiments.running import LIMIT, started


def write(folder: Path) -> Path:
    """Two ablations of a trick each, on one baseline that they reach by other configs."""
    goal = {"metric": "val/loss", "higher_is_better": False, "failure_value": 9.0, "sesoi": 0.01, "seeds": 1}
    focal = tiny.write(folder, "focal.yaml", tiny.model(loss={"class_path": "Focal"}))
    nesterov = tiny.write(folder, "nesterov.yaml", tiny.model(optimizer={"init_args": {"nesterov": True}}))
    whole = tiny.write(folder, "whole.yaml", {**tiny.BASELINE, "trainer": {"max_epochs": 1}})
    parts = tiny.write(folder, "parts.yaml", {**tiny.BASELINE, "trainer": {"max_epochs": 9}})
    tiny.write(folder, "first.yaml", {"baseline": whole, "tricks": [focal], **goal})
    second = {"baseline": parts, "set": {"trainer": {"max_epochs": 1}}, "tricks": [nesterov]}
    tiny.write(folder, "second.yaml", {**second, **goal})
    return folder


def planned(folder: Path, ablation: str) -> Plan:
    return make_plan(read_ablation(str(folder / ablation)), folder / "runs")


def launched(folder: Path, ablation: str) -> list[str]:
    events = ledger.events(planned(folder, ablation).folder / LEDGER)
    return [event["arm"] for event in events if event["event"] == "launched"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which both ablations were run, one after the other."""
    folder = write(tmp_path_factory.mktemp("shared"))
    for ablation in ("first.yaml", "second.yaml"):
        with started(folder, "ablate", ablation) as process:
            said, _ = process.communicate(timeout=LIMIT)
        assert process.returncode == 0, said
    return folder


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(trained, tmp_path / "copy", symlinks=True)


def trials(folder: Path, *words: str) -> int:
    return cli.main(["trials", "--runs", str(folder / "runs"), *words])


def test_a_second_ablation_that_shares_half_its_arms_trains_half_as_much(trained):
    assert launched(trained, "first.yaml") == ["baseline", "focal"]
    assert launched(trained, "second.yaml") == ["nesterov"]
    assert len(list((trained / "runs/trials").iterdir())) == 3
    links = [trained / "runs" / name / "baseline/seed-0" for name in ("first", "second")]
    assert len({os.readlink(link) for link in links}) == 1
    assert "baseline,0,done" in (trained / "runs/second/trials.csv").read_text()
    known = [json.loads((trained / "runs" / name / REGISTRATION).read_text()) for name in ("first", "second")]
    assert [each.get("trained_before") for each in known] == [None, {"baseline": [0]}]
    pages = [(trained / "runs" / name / "report.html").read_text() for name in ("first", "second")]
    assert ["<dd>baseline 0: an earlier ablation needed them too" in page for page in pages] == [False, True]


def test_the_price_leaves_out_what_an_earlier_ablation_trained(folder, capsys):
    shutil.rmtree(planned(folder, "second.yaml").trials[1].folder)
    shutil.rmtree(folder / "runs/second")
    assert cli.main(["plan", str(folder / "second.yaml"), "--runs", str(folder / "runs"), "--cost"]) == 0
    said = capsys.readouterr().out
    assert said.count("trained already, and used: 1 of 2 trials") == 2
    assert re.search(r"about \d+ s for 1 trial, \d+ at a time; trained already", said)
    assert cli.main(["plan", str(folder / "first.yaml"), "--runs", str(folder / "runs"), "--cost"]) == 0
    assert "nothing is left to train: trained already, and used: 2 of 2 trials" in capsys.readouterr().out


def test_a_trial_that_another_process_trains_is_waited_for_and_counts(trained, tmp_path):
    folder = write(tmp_path)
    shared = planned(folder, "second.yaml").trials[0]
    done = trained / "runs/trials" / shared.origin.address
    with started(folder, "ablate", "second.yaml") as process:
        with lease.held(shared.folder):
            said = next((line for line in process.stdout if line.startswith("waiting for trials that others")), "")
            assert said.endswith(f"baseline seed 0 ({this()})\n")
            for name in ("metrics.csv", "result.json"):
                shutil.copy(done / name, shared.folder)
        said, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, said
    assert (shared.folder / "result.json").read_bytes() == (done / "result.json").read_bytes()
    assert not (shared.folder / "checkpoints").exists()
    assert launched(folder, "second.yaml") == ["nesterov"]


def test_an_ablation_whose_trials_are_all_there_is_registered_all_the_same(folder):
    (folder / "third.yaml").write_bytes((folder / "first.yaml").read_bytes())
    assert cli.main(["ablate", str(folder / "third.yaml"), "--runs", str(folder / "runs")]) == 0
    assert (folder / "runs/third" / REGISTRATION).exists()
    assert launched(folder, "third.yaml") == []


def test_a_file_system_that_does_not_follow_links_is_named(folder, monkeypatch, capsys):
    def refused(path: Path) -> str:
        raise PermissionError(1, "Operation not permitted", str(path))  # as sshfs does

    monkeypatch.setattr(os, "readlink", refused)
    assert cli.main(["ablate", str(folder / "first.yaml"), "--runs", str(folder / "runs")]) == 2
    said = tiny.complaint(capsys)
    assert "baseline/seed-0: its file system does not follow links that lead upwards; give sshfs -o" in said


def test_trials_are_listed_with_what_needs_them(trained, capsys):
    assert trials(trained) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()[1:]}
    baseline = lines[planned(trained, "first.yaml").trials[0].origin.address]
    assert baseline.endswith("first/baseline/seed-0, second/baseline/seed-0")
    assert " done " in baseline
    assert "val/loss " in baseline
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["--config", "loss.class_path=Focal"], 1),
        (["--config", "momentum=0.9", "max_epochs=1", "--seed", "0"], 3),
        (["--config", "trainer.max_epochs=1", "--config", "nesterov=false"], 2),
        (["--seed", "1"], 0),
        (["--config", "epochs=1"], 0),
    ],
)
def test_trials_are_found_by_what_their_config_says(trained, capsys, words, count):
    assert trials(trained, *words) == (0 if count else 2)
    said = capsys.readouterr()
    assert said.out.count(" done ") == count
    assert count or "holds no such trial" in said.err


def test_what_no_ablation_needs_is_pruned_when_that_is_asked_for(folder, capsys):
    baseline, focal = (trial.folder for trial in planned(folder, "first.yaml").trials)
    shutil.rmtree(folder / "runs/first")
    assert trials(folder, "--prune") == 0
    assert f"would remove {focal}, " in capsys.readouterr().out
    with lease.held(focal):
        assert trials(folder, "--prune", "--yes") == 0
        assert f"{focal} is being trained: it stays" in capsys.readouterr().out
    assert focal.exists()
    assert trials(folder, "--prune", "--yes") == 0
    assert f"removed {focal}, " in capsys.readouterr().out
    assert (focal.exists(), baseline.exists()) == (False, True)
    assert trials(folder, "--prune", "--yes") == 0
    assert "nothing to remove" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--yes"], "--yes removes trials: it must follow --prune"),
        (["--config", "lr"], "argument --config: must be KEY=VALUE, got 'lr'"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, capsys, words, message):
    assert trials(tmp_path, *words) == 2
    assert message in tiny.complaint(capsys)


def test_finished_trials_of_an_older_version_are_moved_and_count(tmp_path, capsys):
    plan = make_study(tmp_path, tricks=["focal.yaml"], seeds=2, placebo=False).plan
    arms = {arm.name: arm for arm in plan.arms}
    for trial in plan.trials:  # as they lay, and what they said
        trial.link.unlink()
        trial.folder.rename(trial.link)
        words = [f"seed_everything={trial.seed}", f"threads={plan.ablation.threads}"]
        content = json.dumps([*arms[trial.arm].contents, *words], sort_keys=True).encode()
        made_from = {"config": hashlib.sha256(content).hexdigest(), "code": trial.origin.code.modules}
        for name in ("trial.json", "result.json"):
            said = json.loads((trial.link / name).read_text())
            (trial.link / name).write_text(json.dumps({**said, "made_from": made_from}))
    assert cli.main(["report", str(plan.ablation.file), "--runs", str(plan.folder.parent)]) == 0
    said = capsys.readouterr().out
    assert all(f"{trial.link} was moved to {trial.folder}" in said for trial in plan.trials)
    assert attempts.states(plan.trials, plan.folder / LEDGER) == ["done"] * 4
    assert all(trial.link.resolve() == trial.folder.resolve() for trial in plan.trials)
