"""Ctrl-C, budgets, some arms alone and second tries, through the real command."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lightning.pytorch import Callback

from experiments import cli
from experiments.folder import LEDGER
from experiments.run import ledger
from tests.experiments import tiny
from tests.experiments.running import HOLD, LIMIT, started, wait_for

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


@contextmanager
def begun(folder: Path, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """An ablation that runs."""
    command = ("ablate", "matrix.yaml", "--jobs", "1", *words)
    with started(folder, *command, stderr=subprocess.PIPE) as process:
        yield process


def ablate(folder: Path, *words: str) -> tuple[int, str, str]:
    with begun(folder, *words) as process:
        out, err = process.communicate(timeout=LIMIT)
    return process.returncode, out, err


def events(folder: Path) -> list[tuple[str, int, str]]:
    return [(each["arm"], each["seed"], each["event"]) for each in ledger.events(folder / FOLDER / LEDGER)]


def launches(folder: Path) -> int:
    return sum(event == ledger.LAUNCHED for *_, event in events(folder))


def interrupt(folder: Path, process: "subprocess.Popen[str]") -> str:
    """Press Ctrl-C at the terminal of an ablation while it trains a trial that waits, and return its answer."""
    before = launches(folder)
    wait_for(lambda: launches(folder) > before, process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the children too
    return next((line for line in process.stdout or () if line.startswith("Ctrl-C")), "")


class CrashOnce(Callback):
    """Ends a trial's first try as a bug would."""

    def on_train_epoch_start(self, trainer, *_) -> None:
        mark = Path(trainer.default_root_dir) / "crashed"
        if trainer.current_epoch and not mark.exists():  # not while costs are measured
            mark.touch()
            raise RuntimeError("crashed on purpose")


def with_callback(name: str, epochs: int = 1) -> dict[str, object]:
    callbacks = [{"class_path": name}]
    return {"set": {"trainer": {"max_epochs": epochs, "callbacks": callbacks}}}


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory) -> tuple[Path, int, str, str]:
    """An ablation at whose terminal Ctrl-C was pressed once, while its first trial ran, and how it ended."""
    folder = matrix(tmp_path_factory.mktemp("interrupted"), **with_callback("tests.experiments.running.Held"))
    (folder / HOLD).touch()
    with begun(folder) as process:
        answer = interrupt(folder, process)
        (folder / HOLD).unlink()
        _, err = process.communicate(timeout=LIMIT)
    return folder, process.returncode, answer, err


def test_ctrl_c_finishes_the_running_trial_and_starts_no_other(interrupted):
    folder, code, answer, err = interrupted
    assert code == 2
    assert events(folder) == [("baseline", 0, "launched"), ("baseline", 0, "done")]
    assert answer == "Ctrl-C: finishing 1 running trial, starting no more; Ctrl-C again stops now\n"
    said = "trickbench: error: stopped; what is trained is kept: the same command goes on from there"
    assert err.splitlines() == [said]


def test_a_second_ctrl_c_stops_now(interrupted):
    folder, *_ = interrupted
    before = events(folder)
    (folder / HOLD).touch()
    with begun(folder) as process:
        interrupt(folder, process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=LIMIT)
    (folder / HOLD).unlink()
    assert (process.returncode, len(err.splitlines())) == (2, 1)
    assert events(folder) == [*before, ("baseline", 1, "launched")]


def test_a_budget_stops_at_the_verdicts_so_far_and_the_report_says_so(interrupted, monkeypatch, capsys):
    folder, *_ = interrupted
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
    folder = matrix(tmp_path, seeds=1, **with_callback(f"{__name__}.CrashOnce", epochs=2))
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
