"""Ctrl-C, budgets, some arms alone and second tries, through the real command."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lightning.pytorch import Callback

from experiments import cli
from experiments.folder import LEDGER
from experiments.run import ledger
from tests.experiments import tiny

FOLDER = "runs/matrix"


def matrix(folder: Path, **keys) -> Path:
    base = tiny.write(folder, "base.yaml", tiny.BASELINE)
    tricks = {
        "focal": tiny.model(loss={"class_path": "Focal", "init_args": {"gamma": 1.0}}),
        "cold": {"trainer": {"gradient_clip_val": 1e-6}},
    }
    names = [tiny.write(folder, f"{name}.yaml", content) for name, content in tricks.items()]
    content = {"baseline": base, "tricks": names, "sesoi": 0.02, "metric": "val/accuracy", "seeds": 2, **keys}
    tiny.write(folder, "matrix.yaml", content)
    return folder


def start(folder: Path, *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "experiments", "ablate", "matrix.yaml", "--jobs", "1", *words]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "OMP_NUM_THREADS": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True, **pipes)


def ablate(folder: Path, *words: str) -> tuple[int, str, str]:
    process = start(folder, *words)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def events(folder: Path) -> list[tuple[str, int, str]]:
    return [(each["arm"], each["seed"], each["event"]) for each in ledger.events(folder / FOLDER / LEDGER)]


def wait_for_launch(folder: Path, count: int) -> None:
    deadline = time.monotonic() + 120
    while sum(event == ledger.LAUNCHED for *_, event in events(folder)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Slow(Callback):
    """Takes its time, so that a signal meets a running trial."""

    def on_validation_epoch_end(self, trainer, *_) -> None:  # not while costs are measured
        time.sleep(0 if trainer.sanity_checking else 1.5)


class CrashOnce(Callback):
    """Ends a trial's first try as a bug would."""

    def on_train_epoch_start(self, trainer, *_) -> None:
        mark = Path(trainer.default_root_dir) / "crashed"
        if trainer.current_epoch and not mark.exists():  # not while costs are measured
            mark.touch()
            raise RuntimeError("crashed on purpose")


def with_callback(name: str, epochs: int = 1) -> dict[str, object]:
    callbacks = [{"class_path": f"tests.experiments.commands.test_stopping.{name}"}]
    return {"set": {"trainer": {"max_epochs": epochs, "callbacks": callbacks}}}


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory) -> tuple[Path, "subprocess.CompletedProcess[str]"]:
    """An ablation at whose terminal Ctrl-C was pressed once, while its first trial ran."""
    folder = matrix(tmp_path_factory.mktemp("interrupted"), **with_callback("Slow"))
    process = start(folder)
    wait_for_launch(folder, 1)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the children too
    out, err = process.communicate(timeout=120)
    return folder, subprocess.CompletedProcess([], process.returncode, out, err)


def test_ctrl_c_finishes_the_running_trial_and_starts_no_other(interrupted):
    folder, done = interrupted
    assert done.returncode == 2
    assert events(folder) == [("baseline", 0, "launched"), ("baseline", 0, "done")]
    assert "Ctrl-C: finishing 1 running trial, starting no more; Ctrl-C again stops now" in done.stdout
    said = "trickbench: error: stopped; what is trained is kept: the same command goes on from there"
    assert done.stderr.splitlines() == [said]


def test_a_second_ctrl_c_stops_now(interrupted):
    folder, _ = interrupted
    before = events(folder)
    process = start(folder)
    wait_for_launch(folder, sum(event == ledger.LAUNCHED for *_, event in before) + 1)
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, len(err.splitlines())) == (2, 1)
    assert events(folder) == [*before, ("baseline", 1, "launched")]


def test_a_budget_stops_at_the_verdicts_so_far_and_the_report_says_so(interrupted, monkeypatch, capsys):
    folder, _ = interrupted
    done = len(events(folder))
    code, out, err = ablate(folder, "--max-trials", "2")
    assert code == 0, out + err
    assert [event for *_, event in events(folder)[done:]] == ["launched", "done"] * 2
    left = "focal seed 1; cold seeds 0, 1"
    said = f"Stopped by the budget (max-trials 2): these are the verdicts so far. Not trained: {left}."
    assert said in out
    assert said in (folder / FOLDER / "report.html").read_text()
    monkeypatch.chdir(folder)
    assert cli.main(["status", "matrix.yaml", "--watch"]) == 0  # nothing trains it: it ends at once
    line = next(line for line in capsys.readouterr().out.splitlines() if "ended" in line)
    assert line.startswith("3 of 6 trials ended, ")
    assert " an hour, 1 at a time, about " in line


def test_one_arm_is_trained_with_what_it_is_compared_with_under_the_registration_of_all(tmp_path):
    folder = matrix(tmp_path, seeds=1, **with_callback("CrashOnce", epochs=2))
    code, out, err = ablate(folder, "--only", "cold", "--retry", "failed")
    assert code == 0, out + err
    assert {arm for arm, *_ in events(folder)} == {"baseline", "cold"}
    assert [event for *_, event in events(folder)].count("failed") == 2
    assert [event for *_, event in events(folder)].count("done") == 2
    registered = json.loads((folder / FOLDER / "registration.json").read_text())
    assert set(registered["arms"]) == {"baseline", "focal", "cold"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--only", "colt"], "--only: matrix has no arm 'colt'; nearest: cold"),
        (["--retry", "diverged"], "must be failed, got 'diverged'; a diverged trial has its result and is never"),
        (["--max-hours", "0"], "must be a number above 0, got '0'"),
        (["--max-hours", "nan"], "must be a number above 0, got 'nan'"),
        (["--max-trials", "1.5"], "must be a whole number above 0, got '1.5'"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_runs(tmp_path, monkeypatch, capsys, words, message):
    monkeypatch.chdir(matrix(tmp_path))
    assert cli.main(["ablate", "matrix.yaml", *words]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()
