"""Runners of an ablation at once: each trial is one runner's, and all end in the table that one alone makes."""

import csv
import json
import os
import signal
import subprocess
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from lightning.pytorch import Callback

from experiments import lease
from experiments.cli import main
from experiments.folder import LEDGER
from experiments.results import study
from experiments.run import ledger
from tests.experiments import tiny
from tests.experiments.run.test_lease import holder
from tests.experiments.running import HOLD, LIMIT, started, wait_for

TRACE = "trained.txt"


class Traced(Callback):
    """Notes in the trial's folder which process trains which epoch; in another, measuring."""

    def on_train_epoch_start(self, trainer, *_) -> None:
        folder = Path(trainer.default_root_dir) if "trials" in trainer.default_root_dir else Path()
        with (folder / TRACE).open("a") as file:
            file.write(f"{os.getpid()} {trainer.current_epoch}\n")


def ablation(folder: Path, **keys: object) -> Path:
    base = tiny.write(folder, "base.yaml", tiny.BASELINE)
    tricks = {
        "focal": tiny.model(loss={"class_path": "Focal", "init_args": {"gamma": 1.0}}),
        "hot": tiny.model(optimizer={"init_args": {"lr": 1e30}}),
    }
    names = [tiny.write(folder, f"{name}.yaml", content) for name, content in tricks.items()]
    callbacks = [f"{__name__}.Traced", "tests.experiments.running.Held"]
    traced = {"trainer": {"callbacks": [{"class_path": name} for name in callbacks]}}
    own = {"baseline": base, "tricks": names, "sesoi": 0.02, "metric": "val/accuracy", "seeds": 2, "set": traced}
    tiny.write(folder, "mine.yaml", {**own, **keys})
    return folder


def ablate(folder: Path, *words: str) -> AbstractContextManager["subprocess.Popen[str]"]:
    return started(folder, "ablate", "mine.yaml", "--jobs", "1", *words)


def held(folder: Path) -> int:
    """How many trials have begun their last epoch."""
    return sum(" 1\n" in path.read_text() for path in (folder / "runs/trials").glob(f"*/{TRACE}"))


def events(folder: Path) -> list[tuple[str, int, str, str]]:
    told = ledger.events(folder / "runs/mine" / LEDGER)
    return [(each["arm"], each["seed"], each["event"], each["by"]) for each in told]


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "runs/mine/trials.csv").open() as file:
        return [{k: v for k, v in row.items() if k not in study.TIMINGS} for row in csv.DictReader(file)]


def verdicts(said: str) -> str:
    return said[said.index("\narm ") :]


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> Path:
    """An ablation that one runner has trained."""
    folder = ablation(tmp_path_factory.mktemp("alone"))
    with ablate(folder) as process:
        said, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, said
    (folder / "said.txt").write_text(said)
    return folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> tuple[Path, list[str], list[str]]:
    """One that three began together, of whom one was killed: what the others said, and what ran before."""
    folder = ablation(tmp_path_factory.mktemp("shared"))
    (folder / HOLD).touch()
    with ablate(folder) as lost, ablate(folder) as one, ablate(folder) as other:
        wait_for(lambda: held(folder) == 3, one)  # each of them has one
        with started(folder, "status", "mine.yaml") as status:
            seen = status.communicate(timeout=LIMIT)[0].splitlines()
        os.killpg(lost.pid, signal.SIGKILL)
        (folder / HOLD).unlink()
        said = [process.communicate(timeout=LIMIT)[0] for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0), "".join(said)
    return folder, said, [line for line in seen if line.startswith("running: ")]


def test_the_runners_that_are_left_end_in_the_table_of_one(alone, shared):
    folder, said, _ = shared
    assert table(folder) == table(alone)
    assert verdicts(said[0]) == verdicts(said[1]) == verdicts((alone / "said.txt").read_text())


def test_each_trial_is_trained_once_by_one_of_them_and_the_ledger_says_by_whom(shared):
    folder, said, _ = shared
    told = events(folder)
    ends = Counter((arm, seed) for arm, seed, what, _ in told if what in ("done", "diverged"))
    assert set(ends.values()) == {1}
    assert len(ends) == 6
    assert {what for *_, what, _ in told} <= {"launched", "taken", "done", "diverged"}
    assert len({by for *_, what, by in told if what in ("done", "diverged")}) == 2, "both had a part in it"
    assert len((folder / TRACE).read_text().splitlines()) == 3, "each arm is measured once"
    assert sum("its trials are shared" in each for each in said) >= 1
    assert all("registered: sha256" in each for each in said)
    registered = json.loads((folder / "runs/mine/registration.json").read_text())["sha256"]
    assert all(registered in each for each in said)


def test_what_a_killed_runner_was_training_goes_on_with_another_where_it_was(shared):
    folder, _, running = shared
    assert len(running) == 3
    trained = [path.read_text().split() for path in (folder / "runs/trials").glob(f"*/{TRACE}")]
    processes = [len({*each[::2]}) for each in trained]
    epochs = [each[1::2] for each in trained]
    assert sorted(processes) == [1, 1, 1, 1, 1, 2]
    assert sorted(epochs) == [["0"], ["0"], *[["0", "1"]] * 3, ["0", "1", "1"]], (
        "an epoch again that was cut off, alone"
    )


def test_a_fit_by_hand_into_a_folder_that_is_being_trained_is_refused(tmp_path, capfd):
    with holder(tmp_path / "fit") as other:
        assert main(tiny.fit(tmp_path / "fit", {"trainer": {"max_epochs": 1}})) == lease.CODE
    said = capfd.readouterr().err.splitlines()[-1]
    assert said.startswith(f"trickbench: taken: {tmp_path / 'fit'} is in use by process {other.pid} on ")
