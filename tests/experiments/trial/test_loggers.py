"""Loggers in an ablation's trials: the whole history however a trial ends, under the trial's name."""

import csv
import importlib.util
import json
import math
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from experiments.declare.ablation import read_ablation
from experiments.folder import CHECKPOINT
from experiments.plan.trials import make_plan
from experiments.run.launchers.job import Job
from experiments.run.launchers.launcher import Demand
from experiments.run.launchers.local import Local
from experiments.trial import train
from tests.experiments import tiny
from tests.experiments.running import ENVIRONMENT, HOLD, LIMIT, started, wait_for
from tests.experiments.wandb_runs import offline_runs
from tests.wandb_server import Server, serving

ENDS = {"baseline": ("done", 0), "hot": ("diverged", 3), "crash": ("failed", 1)}
FILES = ["CSVLogger", *(["TensorBoardLogger"] if importlib.util.find_spec("tensorboard") else [])]


def wandb(**init_args: Any) -> dict[str, Any]:
    return {"class_path": "WandbLogger", "init_args": {"project": "tricks", **init_args}}


def matrix(folder: Path, *loggers: dict[str, Any]) -> None:
    """A baseline that learns for a while, a trick that diverges and one that crashes after its first epoch."""
    base = tiny.write(folder, "base.yaml", tiny.BASELINE)
    crash = [{"class_path": "tests.experiments.commands.test_ablate.CrashAfter", "init_args": {"epoch": 0}}]
    tricks = {"hot": tiny.model(optimizer={"init_args": {"lr": 1e30}}), "crash": {"trainer": {"callbacks": crash}}}
    names = [tiny.write(folder, f"{name}.yaml", content) for name, content in tricks.items()]
    callbacks = [{"class_path": "tests.experiments.running.Held"}]
    ours = {"trainer": {"max_epochs": 6, "logger": [*loggers], "callbacks": callbacks}}
    tiny.write(folder, "matrix.yaml", {"baseline": base, "tricks": names, "seeds": 1, "sesoi": 0.01, "set": ours})


def ablate_killed_and_resumed(folder: Path, environment: Mapping[str, str], *words: str) -> Path:
    """Kill the runner after the baseline's second epoch, run it again, and return the folder of the trials.

    One job, so that no other trial is at its end just then: its result would lie there, and its run not be flushed.
    """
    trials, own = folder / "runs/matrix", {**ENVIRONMENT, **environment}
    command = ("ablate", "matrix.yaml", "--jobs", "1", *words)
    (folder / HOLD).touch()
    runner = [sys.executable, "-m", "experiments", *command]
    with subprocess.Popen(runner, cwd=folder, env=own, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: len(rows(trials / "baseline/seed-0")) >= 2)
        finally:
            process.kill()  # alone: W&B's own process writes what it was given
    (folder / HOLD).unlink()
    with started(folder, *command, env=own) as again:
        said, _ = again.communicate(timeout=LIMIT)
    assert again.returncode == 1, said  # one arm fails on purpose
    return trials


def rows(folder: Path, name: str = "metrics.csv") -> list[dict[str, str]]:
    path = folder / name
    return list(csv.DictReader(path.read_text().splitlines())) if path.exists() else []


def logged(history: Iterable[Mapping[str, Any]]) -> dict[tuple[int, str], list[float]]:
    """All values that were logged, by epoch and metric."""
    values = defaultdict(list)
    for row in history:
        for name, value in row.items():
            if name.startswith(("train/", "val/")) and value != "":
                values[int(row["epoch"]), name].append(float(value))
    return values


def recorded(folder: Path) -> dict[tuple[int, str], float]:
    """All values of the trial's own record, by epoch and metric."""
    return {key: value for key, (value,) in logged(rows(folder)).items()}


def same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


def assert_whole(history: Iterable[Mapping[str, Any]], folder: Path, once: bool) -> None:
    """All of the record was logged, with its values, and nothing else; once or, where a trial was resumed, again."""
    values, record = logged(history), recorded(folder)
    assert values.keys() == record.keys()
    assert all(same(value, record[key]) for key, each in values.items() for value in each)
    assert not once or {len(each) for each in values.values()} <= {1}


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offline")
    matrix(folder, wandb(offline=True), *({"class_path": kind, "init_args": {"save_dir": "."}} for kind in FILES))
    return ablate_killed_and_resumed(folder, {})


@pytest.fixture(scope="module")
def online(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Server]]:
    folder = tmp_path_factory.mktemp("online")
    matrix(folder)
    with serving() as server:
        yield ablate_killed_and_resumed(folder, server.environment(), "--wandb", "me/tricks"), server


@pytest.mark.parametrize("arm", ENDS)
def test_an_offline_run_holds_every_row_once_and_how_it_ended(offline, arm):
    folder = offline / arm / "seed-0"
    run = offline_runs(folder)[-1]
    assert_whole(run.history, folder, once=True)
    assert (run.summary["status"], run.exit_code) == ENDS[arm]
    assert {"model", "data", "trainer"} <= run.config


def test_a_killed_process_leaves_what_was_flushed_and_the_next_continues_its_run(offline):
    folder = offline / "baseline/seed-0"
    first, last = sorted(path.name for path in (folder / "wandb").glob("offline-run-*"))
    assert first.rpartition("-")[2] == last.rpartition("-")[2]
    flushed, record = logged(offline_runs(folder)[0].history), recorded(folder)
    assert all(same(value, record[key]) for key, each in flushed.items() for value in each)


@pytest.mark.parametrize("arm", ENDS)
def test_an_offline_run_is_named_after_its_trial(offline, arm):
    run = offline_runs(offline / arm / "seed-0")[-1].run
    assert (run.display_name, run.run_group, run.job_type) == (f"{arm}/seed-0", "matrix", arm)
    assert list(run.tags) == [arm, "seed-0"]


@pytest.mark.parametrize("arm", ENDS)
def test_a_run_on_a_server_holds_the_rows_of_the_record_and_no_others(online, arm):
    """Each once, and at its step, though the baseline's trial was killed and resumed."""
    folder, run = online[0] / arm / "seed-0", run_of(online[1], arm)
    assert_whole(run.history, folder, once=True)
    assert (run.summary["status"], run.exits[-1]) == ENDS[arm]
    measured = [row["_step"] + 1 for row in run.history if "val/miou" in row]
    assert measured == [int(row["step"]) for row in rows(folder) if row["val/miou"]]
    steps = [row["_step"] for row in run.history]
    assert steps == sorted(set(steps))


def test_a_run_is_named_after_its_trial_and_holds_its_config(online):
    address = (online[0] / "hot/seed-0").resolve().name
    run = run_of(online[1], "hot")
    assert len(online[1].runs) == 3
    assert run.name.startswith(f"{address}-")
    assert (run.fields["entity"], run.fields["project"]) == ("me", "tricks")
    assert (run.fields["groupName"], run.fields["jobType"]) == ("matrix", "hot")
    assert run.fields["tags"] == ["hot", "seed-0"]
    assert json.loads(run.fields["config"])["model"]["value"]["init_args"]["optimizer"]["init_args"]["lr"] == 1e30


def test_a_run_shows_gradients_rates_and_predictions(online):
    server, run = online[1], run_of(online[1], "baseline")
    assert {"lr", "gradient/stem", "update/head"} <= {name for row in run.history for name in row}
    shown = [row["predictions"] for row in run.history if "predictions" in row]
    assert {(each["_type"], each["count"]) for each in shown} == {("images/separated", 4)}
    masks = [mask["path"] for each in shown for masks in each["all_masks"] for mask in masks.values()]
    assert {*masks, *(name for each in shown for name in each["filenames"])} <= {*server.uploads}
    assert not server.unknown


def test_being_logged_changes_nothing(online, tmp_path):
    """Neither the trial's address, nor what it logs of itself, nor its weights, to the bit."""
    trial = online[0] / "baseline/seed-0"
    ablation = read_ablation(str(online[0].parents[1] / "matrix.yaml"))
    assert trial.resolve().name in {each.origin.address for each in make_plan(ablation).trials}
    assert train.main(["fit", f"--config={trial}/config.yaml", f"--trainer.default_root_dir={tmp_path}"]) == 0
    assert (tmp_path / "metrics.csv").read_bytes() == (trial / "metrics.csv").read_bytes()
    logged, alone = (torch.load(folder / CHECKPOINT, weights_only=True) for folder in (trial, tmp_path))
    assert logged["callbacks"].keys() == alone["callbacks"].keys()
    assert all(torch.equal(logged["state_dict"][name], weight) for name, weight in alone["state_dict"].items())


def run_of(server: Server, arm: str) -> Any:
    return next(run for run in server.runs.values() if run.fields["displayName"] == f"{arm}/seed-0")


@pytest.mark.parametrize("arm", ENDS)
def test_a_csv_logger_holds_every_row_in_the_trials_folder(offline, arm):
    folder = offline / arm / "seed-0"
    assert_whole(rows(folder, f"lightning_logs/{arm}-seed-0/metrics.csv"), folder, once=True)


@pytest.mark.skipif("TensorBoardLogger" not in FILES, reason="tensorboard is not installed")
def test_tensorboards_files_hold_every_row_in_the_trials_folder(offline):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    folder = offline / "baseline/seed-0"
    events = EventAccumulator(str(folder / "lightning_logs/baseline-seed-0")).Reload()
    steps = {int(row["step"]) - 1 for row in rows(folder)}
    assert {event.step for event in events.Scalars("train/loss")} == steps
    assert {event.step for event in events.Scalars("val/loss")} == steps


def test_a_repeated_trial_gets_a_run_of_its_own(offline):
    """The saved config says nothing of the run that the trial wrote."""
    config = yaml.safe_load((offline / "baseline/seed-0/config.yaml").read_text())
    arguments = config["trainer"]["logger"][0]["init_args"]
    assert (arguments["id"], arguments["name"], arguments["save_dir"]) == (None, None, ".")


def test_a_fit_logs_offline_too(tmp_path):
    """As a process of its own; that of the installed command is seen by `test_wandb_run`."""
    words = tiny.fit(tmp_path, {"trainer": {"logger": wandb(offline=True, tags=["t" * 70], group="ours")}})
    done = subprocess.run([sys.executable, "-m", "experiments", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (run,) = offline_runs(tmp_path)
    assert_whole(run.history, tmp_path, once=True)
    assert (run.exit_code, run.run.run_group, list(run.run.tags)) == (0, "ours", ["t" * 64])
    (log,) = tmp_path.glob("wandb/offline-run-*/*.wandb")
    assert all(word in log.read_bytes() for word in (b"class_path", b"Segmentation", b"nesterov"))
    assert (tmp_path / "checkpoints/last.ckpt").exists()


def test_a_job_ends_as_a_python_process_does(tmp_path):
    job = Job("tests.experiments.trial.test_loggers:leave_open", (tmp_path,), tmp_path / "log.txt")
    assert [event for event in Local(Demand(), jobs=1).run([job]) if event] == [(0, None), (0, 1)]
    assert (tmp_path / "buffered.txt").read_text() == "kept"
    assert (tmp_path / "handler.txt").read_text() == "ran"
    assert "RuntimeError: on purpose" in (tmp_path / "log.txt").read_text()


OPEN: list[Any] = []


def leave_open(folder: Path) -> int:
    """Leave to the end of the process what loggers and profilers leave to it, and fail."""
    import atexit

    OPEN.append((folder / "buffered.txt").open("w"))
    OPEN[0].write("kept")
    atexit.register((folder / "handler.txt").write_text, "ran")
    raise RuntimeError("on purpose")
