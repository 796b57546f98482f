"""The whole path through the real command: train, kill, go on, report."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from lightning.pytorch import Callback
from torch import Tensor, nn

from experiments.folder import LEDGER
from experiments.results import study
from experiments.run import ledger
from lightning_modules.backbones import Tiny
from tests.experiments import tiny
from tests.experiments.wandb_runs import offline_runs

ABLATE = [sys.executable, "-m", "experiments", "ablate", "matrix.yaml"]
EVENTS = {"launched", "done", "diverged", "failed"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an ablation that was left alone until its end."""
    folder = matrix(tmp_path_factory.mktemp("alone"))
    done = ablate(folder)
    assert done.returncode == 1, done.stdout + done.stderr  # one arm fails on purpose
    return folder


def matrix(folder: Path) -> Path:
    """Four arms and a placebo, two seeds: one trick learns, one diverges, one crashes after its first epoch."""
    base = tiny.write(folder, "base.yaml", tiny.BASELINE)
    crash = [{"class_path": "tests.experiments.commands.test_ablate.CrashAfter", "init_args": {"epoch": 0}}]
    tricks = {
        "focal": tiny.model(loss={"class_path": "Focal", "init_args": {"gamma": 1.0}}),
        "hot": tiny.model(optimizer={"init_args": {"lr": 1e30}}),
        "crash": {"trainer": {"callbacks": crash}},
    }
    names = [tiny.write(folder, f"{name}.yaml", content) for name, content in tricks.items()]
    keys = {"baseline": base, "tricks": names, "seeds": 2, "sesoi": 0.01, "metric": "val/loss", "placebo": True}
    tiny.write(folder, "matrix.yaml", {**keys, "higher_is_better": False, "failure_value": 9.0})
    return folder


def ablate(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*ABLATE, *words], cwd=folder, env=environment(), capture_output=True, text=True, check=False)


def environment() -> dict[str, str]:
    root = str(Path(__file__).parents[3])
    return {**os.environ, "PYTHONPATH": root, "OMP_NUM_THREADS": "1"}


def without_timings(folder: Path) -> list[dict[str, str]]:
    with (folder / "runs/matrix/trials.csv").open() as file:
        return [{k: v for k, v in row.items() if k not in study.TIMINGS} for row in csv.DictReader(file)]


def test_every_trial_ends_with_its_status_and_the_matrix_goes_on(finished):
    statuses = {(row["arm"], row["seed"]): row["status"] for row in without_timings(finished)}
    assert statuses == {
        **{("baseline", seed): "done" for seed in "01"},
        **{("focal", seed): "done" for seed in "01"},
        **{("hot", seed): "diverged" for seed in "01"},
        **{("crash", seed): "failed" for seed in "01"},
        **{("placebo", seed): "done" for seed in "23"},
    }


def test_every_launch_and_end_is_in_the_ledger(finished):
    events = ledger.events(finished / "runs/matrix" / LEDGER)
    assert {event["event"] for event in events} == EVENTS
    assert len(events) == 20


def test_a_crash_keeps_its_log_and_is_tried_again(finished):
    log = finished / "runs/matrix/crash/seed-0/log.txt"
    assert "RuntimeError: crashed on purpose" in log.read_text()
    before = len(ledger.events(finished / "runs/matrix" / LEDGER))
    again = ablate(finished, "--watch")
    assert again.returncode == 1
    assert "crash seed 0, see" in again.stdout
    assert re.search(r"^ *arm +done", again.stdout, re.MULTILINE), "the states are shown"
    assert "8 of 10 trials ended, 2 failed" in again.stdout
    assert log.read_text().count("RuntimeError: crashed on purpose") == 2
    assert len(ledger.events(finished / "runs/matrix" / LEDGER)) == before + 4  # the others are not run again


def test_the_end_shows_table_and_page(finished):
    shown = subprocess.run(
        [sys.executable, "-m", "experiments", "report", "matrix.yaml"],
        cwd=finished,
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    ).stdout
    assert "hot" in shown
    assert "unstable" in shown
    assert shown.splitlines()[-1] == "runs/matrix/report.html"
    assert (finished / "runs/matrix/report.html").stat().st_size > 10_000


def test_a_change_after_registration_is_refused(finished):
    path = finished / "matrix.yaml"
    content = path.read_text()
    path.write_text(json.dumps({**json.loads(content), "sesoi": 0.5}))
    refused = ablate(finished)
    path.write_text(content)
    assert refused.returncode == 2
    assert "sesoi was 0.01 and is 0.5" in refused.stderr


def test_a_trick_that_changes_nothing_is_refused_before_anything_runs(tmp_path):
    base = tiny.write(tmp_path, "base.yaml", tiny.BASELINE)
    same = tiny.write(tmp_path, "same.yaml", tiny.model(optimizer={"init_args": {"nesterov": False}}))
    tiny.write(tmp_path, "matrix.yaml", {"baseline": base, "tricks": [same], "sesoi": 0.1})
    refused = ablate(tmp_path)
    assert refused.returncode == 2
    assert "the trick same changes nothing: the baseline already has model.init_args.optimizer" in refused.stderr
    assert not (tmp_path / "runs/matrix/baseline").exists()


def test_an_arm_that_cannot_be_built_is_named_before_anything_runs(tmp_path):
    base = tiny.write(tmp_path, "base.yaml", tiny.BASELINE)
    ppm = tiny.write(tmp_path, "ppm.yaml", tiny.model(context={"class_path": "PPM", "init_args": {"bins": [0]}}))
    tiny.write(tmp_path, "matrix.yaml", {"baseline": base, "tricks": [ppm], "sesoi": 0.1})
    refused = ablate(tmp_path)
    assert refused.returncode == 2
    assert "arm ppm cannot be built: PPM: bins must" in refused.stderr


def test_a_run_that_never_gets_there_must_not_score_better_than_one_that_does(tmp_path):
    base = tiny.write(tmp_path, "base.yaml", tiny.BASELINE)
    focal = tiny.write(tmp_path, "focal.yaml", tiny.model(loss={"class_path": "Focal"}))
    target = {"target": {"metric": "val/miou", "at_least": 0.1}, "metric": "steps_to_target", "sesoi": 1}
    keys = {"baseline": base, "tricks": [focal], "higher_is_better": False, "failure_value": 1, **target}
    tiny.write(tmp_path, "matrix.yaml", keys)
    refused = ablate(tmp_path)
    assert refused.returncode == 2
    assert re.search(r"must be at least the length of a run, \d+ steps, got 1$", refused.stderr.strip())
    assert not (tmp_path / "runs/matrix/baseline").exists()


class TellSearch(Callback):
    """Tells whether DDP looks for weights without gradient."""

    def on_train_start(self, trainer, *_) -> None:
        found = getattr(
            trainer.strategy.model, "find_unused_parameters", None
        )  # while costs are measured there is no DDP
        os.write(1, f"looks: {found}\n".encode())  # in one piece


class Moody(Tiny):
    """Leaves out a weight on the second of two ranks."""

    def __init__(self, channels: int = 2) -> None:
        super().__init__(channels)
        self.shift = nn.Parameter(torch.zeros(1))

    def forward(self, image: Tensor) -> list[Tensor]:
        second = dist.is_initialized() and dist.get_rank() == 1
        return [level if second else level + self.shift for level in super().forward(image)]


def test_trials_on_two_devices_each(tmp_path):
    """DDP looks for weights without gradient where measuring found any, or a trial that needs it to says so."""
    base = tiny.write(tmp_path, "base.yaml", tiny.BASELINE)
    tricks = {
        "sync": tiny.model(**{"rewrites+": [{"class_path": "SyncBatchNorm"}]}),
        "fpn": tiny.model(fusion={"class_path": "FPN", "init_args": {"channels": 4}}),  # only its finest level is read
        "moody": tiny.model(backbone={"class_path": f"{__name__}.Moody"}),
    }
    names = [tiny.write(tmp_path, f"{name}.yaml", content) for name, content in tricks.items()]
    logger = {"class_path": "WandbLogger", "init_args": {"offline": True}}
    devices = {"devices": 2, "strategy": "ddp", "accelerator": "cpu", "logger": logger}
    devices["callbacks+"] = [{"class_path": f"{__name__}.TellSearch"}]
    keys = {"baseline": base, "tricks": names, "sesoi": 0.1, "seeds": 1, "set": {"trainer": devices}}
    tiny.write(tmp_path, "matrix.yaml", keys)
    done = ablate(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    logs = {name: (tmp_path / f"runs/matrix/{name}/seed-0/log.txt").read_text() for name in ("baseline", *tricks)}
    looks = {name: {line for line in log.splitlines() if line.startswith("looks: ")} for name, log in logs.items()}
    assert looks == {
        "baseline": {"looks: False"},
        "sync": {"looks: False"},
        "fpn": {"looks: True"},
        "moody": {"looks: False"},
    }
    said = (
        "trickbench: error: step 0 gives network.features.backbone.shift no gradient, though each did that was measured"
    )
    assert f"{said}; set trainer.strategy to ddp_find_unused_parameters_true\n" in logs["moody"]
    assert tiny.statuses(tmp_path)["moody"] == {"failed": 1}
    assert "no effect in the first steps: sync" in done.stdout  # they are measured on one device
    folders = [tmp_path / f"runs/matrix/{arm}/seed-0" for arm in ("baseline", "sync")]
    alone, together = (json.loads((folder / "result.json").read_text()) for folder in folders)
    assert (alone["devices"], together["devices"]) == (2, 2)
    assert alone["metrics"]["train/loss"] != together["metrics"]["train/loss"]
    for folder in folders:
        (run,) = offline_runs(folder)  # rank 0's alone
        assert [row["epoch"] for row in run.history if "train/loss" in row] == [0, 1]
        assert (run.exit_code, list(run.run.tags)) == (0, [folder.parent.name, "seed-0"])


class CrashAfter(Callback):
    """Ends a trial as a bug would.

    Args:
        epoch: The last epoch that is finished.
    """

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_train_epoch_start(self, trainer, *_) -> None:
        if trainer.current_epoch > self.epoch:
            raise RuntimeError("crashed on purpose")
