"""An ablation on a real Slurm, through the real command: the table that this machine makes, whatever is killed."""

import csv
import json
import os
import shutil
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from experiments.declare.ablation import read_ablation
from experiments.folder import CHECKPOINT, LEDGER, LOG, RESULT
from experiments.plan.trials import make_plan
from experiments.run import ledger
from experiments.run.attempts import take
from experiments.run.launchers.job import Job
from experiments.run.launchers.launcher import Demand
from experiments.run.launchers.slurm import Slurm
from tests.experiments import tiny
from tests.experiments.running import HOLD, LIMIT, started, wait_for

pytestmark = [pytest.mark.usefixtures("slurm_cluster"), pytest.mark.xdist_group("slurm")]  # one cluster for all
SLURM = {"class_path": "Slurm", "init_args": {"poll": 0.3, "per_job": 2, "partition": "short"}}
OWN = """
from tests.experiments.running import Held

class Mine(Held):
    pass
"""
MEASURED = ("seconds_per_step", "train_seconds", "peak_memory_mib")


def ablation(folder: Path, **keys: object) -> Path:
    (folder / "own.py").write_text(OWN)
    base = tiny.write(folder, "base.yaml", tiny.BASELINE)
    trick = tiny.write(folder, "focal.yaml", tiny.model(loss={"class_path": "Focal", "init_args": {"gamma": 1.0}}))
    own = {"baseline": base, "tricks": [trick], "sesoi": 0.02, "metric": "val/accuracy", "seeds": 1, "launcher": SLURM}
    trainer = {"max_epochs": 2, "callbacks": [{"class_path": "own.Mine"}]}
    return Path(tiny.write(folder, "mine.yaml", {**own, "set": {"trainer": trainer}, **keys}))


def ablate(folder: Path, *words: str) -> AbstractContextManager["subprocess.Popen[str]"]:
    return started(folder, "ablate", "mine.yaml", *words, env=dict(os.environ))


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "runs/mine/trials.csv").open() as file:
        return [{key: value for key, value in row.items() if key not in MEASURED} for row in csv.DictReader(file)]


def events(folder: Path) -> list[tuple[str, str]]:
    return [(each["arm"], each["event"]) for each in ledger.events(folder / "runs/mine" / LEDGER)]


def test_a_killed_runner_and_a_preempted_job_end_in_the_table_of_this_machine(tmp_path):
    ablation(tmp_path)
    (tmp_path / HOLD).touch()
    trial = tmp_path / "runs/mine/baseline/seed-0"
    with ablate(tmp_path) as runner:
        wait_for((trial / CHECKPOINT).exists, runner)
    number = json.loads((trial / "log.queued").read_text())["number"]
    subprocess.run(["scontrol", "requeue", number], check=True)
    wait_for(lambda: "paused" in (trial / LOG).read_text())
    (tmp_path / HOLD).unlink()
    with ablate(tmp_path) as runner:
        out, _ = runner.communicate(timeout=LIMIT)
    assert "2/2 focal seed 0: done" in out
    assert json.loads((trial / "log.queued").read_text())["number"] == number  # nothing was queued twice
    assert [what for arm, what in events(tmp_path) if arm == "focal"] == ["launched", "done"]
    assert [what for arm, what in events(tmp_path) if arm == "baseline"][-1] == "done"
    log = (trial / "log.txt").read_text()
    assert log.count("--- ") == 2  # it was preempted once,
    assert "trickbench: paused: a checkpoint of step" in log  # and asked for a checkpoint
    here = tmp_path / "here"
    shutil.copytree(tmp_path / "runs/mine/cost", here / "runs/mine/cost")  # measured once for both
    ablation(here)
    with ablate(here, "--launcher", "Local") as runner:
        out, _ = runner.communicate(timeout=LIMIT)
    assert table(here) == table(tmp_path), out


@pytest.mark.parametrize("where", [{"num_nodes": 2, "devices": 1}, {"devices": 2}], ids=["by srun", "by Lightning"])
def test_two_ranks_of_a_trial_are_started(tmp_path, monkeypatch, where):
    monkeypatch.chdir(tmp_path)
    trainer = {"max_epochs": 1, "accelerator": "cpu", "strategy": "ddp", **where}
    planned = make_plan(read_ablation(str(ablation(tmp_path, set={"trainer": trainer}))), tmp_path / "runs")
    trial = planned.trials[0]
    take(trial)
    lo = ["export MASTER_ADDR=127.0.0.1 GLOO_SOCKET_IFNAME=lo"]  # both nodes are this machine
    launcher = Slurm(Demand([trainer], folder=planned.folder), poll=0.3, setup=lo)
    job = Job("experiments.run.attempts:attempt", (trial,), trial.folder / LOG)
    assert list(filter(None, launcher.run([job]))) == [(0, None), (0, 0)], job.log.read_text()
    result = json.loads((trial.folder / RESULT).read_text())
    assert (result["status"], result["devices"]) == ("done", 2)
    assert (trial.folder / "log-rank-1.txt").exists() == ("num_nodes" in where)
