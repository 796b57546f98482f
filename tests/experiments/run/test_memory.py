"""Trials share a GPU where they fit into its memory, as far as it was measured on one; costs here are made by hand."""

import json
import time
from pathlib import Path

import pytest

from experiments.cli import main
from experiments.declare.ablation import read_ablation
from experiments.plan.trials import make_plan
from experiments.run import costs
from experiments.run.launchers import local
from experiments.run.launchers.job import Job
from experiments.run.launchers.launcher import Demand
from tests.experiments import tiny
from tests.experiments.run.test_devices import ablation  # noqa: F401

TWO = ("--launcher", '{"class_path": "Local", "init_args": {"per_device": 2}}')


@pytest.fixture
def measured(ablation, tmp_path):  # noqa: F811
    """Writes the costs of an ablation on a machine of two GPUs, of which an arm takes so many MiB of 24,000."""

    def write(**peaks: float) -> list[str]:
        file = ablation(2)
        plan = make_plan(read_ablation(str(file)), tmp_path / "runs")
        for arm in plan.arms:
            gpu = {"peak_mib": peaks[arm.name], "memory_mib": 24000} if arm.name in peaks else None
            code = {"layers": arm.contents, "code": arm.code.modules, "config": {"arm": arm.name}, "gpu": gpu}
            numbers = dict.fromkeys((*costs.NUMBERS, *costs.STEP), 1)
            content = {**numbers, **code, "metrics": ["val/miou"], "first_steps": [len(arm.name)]}
            costs.path(plan, arm).parent.mkdir(parents=True, exist_ok=True)
            costs.path(plan, arm).write_text(json.dumps(content))
        return [str(file), "--runs", str(tmp_path / "runs")]

    return write


@pytest.mark.parametrize("command", [["ablate"], ["plan", "--cost"]])
def test_more_trials_than_fit_are_refused_before_anything_is_registered(measured, tmp_path, capsys, command):
    words = measured(baseline=9000, focal=11600)
    assert main([*command, *words, *TWO]) == 2
    said = "a trial of focal takes 11.8 of a GPU's 23.4 GiB: 2 do not fit; lower per_device to 1, or --jobs"
    assert tiny.complaint(capsys) == said
    assert not (tmp_path / "runs/mine/registration.json").exists()
    assert not (tmp_path / "runs/trials").exists()


@pytest.mark.parametrize(
    ("peaks", "words", "said", "not_said"),
    [
        ({"baseline": 9000, "focal": 11000}, TWO, "a trial takes up to 11.2 of a GPU's 23.4 GiB (focal, ", "without"),
        ({"baseline": 9000, "focal": 20000}, (), "a trial takes up to 20.0 of a GPU's 23.4 GiB (focal, ", "without"),
        ({"baseline": 9000, "focal": 20000}, ("--jobs", "2"), "a trial takes up to 20.0 of a GPU's", "without"),
        ({"baseline": 9000}, TWO, "whether 2 trials fit into the memory of a GPU is not known, since these were", "#"),
        ({}, (), "2 at a time", "GiB"),
    ],
)
def test_what_is_known_of_memory_is_said(measured, capsys, peaks, words, said, not_said):
    assert main(["plan", "--cost", *measured(**peaks), *words]) == 0
    out = capsys.readouterr().out
    assert said in out
    assert not_said not in out


def is_alone(lock: str) -> int:
    """Fails where another such job has the GPU."""
    try:
        Path(lock).touch(exist_ok=False)
    except FileExistsError:
        return 1
    time.sleep(0.2)
    Path(lock).unlink()
    return 0


def test_an_arm_is_measured_on_a_gpu_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(local, "PRELOAD", [])
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    launcher = local.Local(Demand([{}]), per_device=2)
    job = Job(f"{__name__}:is_alone", (str(tmp_path / "lock"),), tmp_path / "log", alone=True)
    assert [event[1] for event in launcher.run([job, job]) if event and event[1] is not None] == [0, 0]
