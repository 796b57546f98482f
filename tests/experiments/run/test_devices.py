"""Devices and jobs: what cannot be is refused before anything starts, and what is shared is said."""

import os
import random
from collections import Counter
from pathlib import Path

import pytest
import torch
from lightning.pytorch import Callback, Trainer

from experiments.cli import main
from experiments.commands.arguments import launcher_for
from experiments.declare.ablation import read_ablation
from experiments.errors import DEVICE, UserError
from experiments.plan.trials import make_plan
from experiments.run.launchers import child, local
from experiments.run.launchers.job import Job
from experiments.run.launchers.launcher import REQUEUED, Demand
from tests.experiments import tiny


@pytest.fixture
def ablation(tmp_path, monkeypatch):
    """Writes an ablation whose trainer has these keys, on a machine with these GPUs."""

    def write(gpus: str | int, **trainer: object) -> Path:
        if isinstance(gpus, str):
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", gpus)
        else:
            monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
            smi = tmp_path / "nvidia-smi"
            smi.write_text("#!/bin/sh\n" + "".join(f"echo 'GPU {i}: Fake (UUID: GPU-{i})'\n" for i in range(gpus)))
            smi.chmod(0o755)
            monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        base = tiny.write(tmp_path, "base.yaml", tiny.BASELINE)
        trick = tiny.write(tmp_path, "focal.yaml", tiny.model(loss={"class_path": "Focal"}))
        keys = {"baseline": base, "tricks": [trick], "sesoi": 0.1, "seeds": 2, "set": {"trainer": trainer}}
        return Path(tiny.write(tmp_path, "mine.yaml", keys))

    return write


def handed_out(file: Path, jobs: int | None, folder: Path) -> tuple[local.Local, list[str]]:
    """The launcher, and the GPUs that each of its first jobs really gets."""
    launcher = launcher_for(make_plan(read_ablation(str(file))), jobs)
    outs = [folder / str(i) for i in range(launcher.jobs)]
    jobs_ = [Job(f"{__name__}:note_gpus", (str(out), len(outs)), folder / "log.txt") for out in outs]
    list(launcher.run(jobs_))
    return launcher, [out.read_text() for out in outs]


def note_gpus(out: str, others: int) -> int:
    Path(out).write_text(os.environ.get("CUDA_VISIBLE_DEVICES", "none"))
    while len([name for name in os.listdir(Path(out).parent) if name.isdecimal()]) < others:
        pass  # all of them run at a time
    return 0


@pytest.mark.parametrize(
    ("gpus", "trainer", "jobs", "seen", "shared"),
    [
        ("4,7", {}, None, ["4", "7"], ""),
        ("GPU-a, GPU-b", {"devices": "auto"}, None, ["GPU-a", "GPU-b"], ""),
        (3, {"devices": 2}, None, ["0,1"], ""),
        (3, {"devices": "2"}, 2, ["0,1", "2,0"], "2 at a time share 3 GPUs"),
        (2, {"devices": -1}, None, ["0,1"], ""),
        ("3", {}, 2, ["3", "3"], "2 at a time share 1 GPU:"),
        ("0,-1,1", {"devices": 1}, None, ["0"], ""),
    ],
)
def test_every_job_gets_its_own_gpus_or_it_is_said(ablation, tmp_path, monkeypatch, gpus, trainer, jobs, seen, shared):
    monkeypatch.setattr(local, "PRELOAD", [])
    launcher, got = handed_out(ablation(gpus, **trainer), jobs, tmp_path)
    assert got == seen
    assert launcher.sharing.startswith(shared)
    assert bool(launcher.sharing) == bool(shared)


@pytest.mark.parametrize("gpus", [1, 2, 3, 8])
@pytest.mark.parametrize("devices", [1, 2, 4])
@pytest.mark.parametrize("per_device", [1, 2])
def test_no_gpu_has_more_jobs_than_were_asked_for(ablation, monkeypatch, gpus, devices, per_device):
    """Jobs that come and go at random, without their processes: what each would get."""
    ablation(gpus)
    if devices > gpus:
        with pytest.raises(UserError, match=f"trainer.devices must be at most {gpus}, the GPUs that are there"):
            local.Local(Demand([{"devices": devices}]), per_device=per_device)
        return
    launcher = local.Local(Demand([{"devices": devices}]), per_device=per_device)
    assert launcher.jobs == gpus * per_device // devices
    held, random_ = [], random.Random(0)
    for _ in range(200):
        if len(held) == launcher.jobs or (held and random_.random() < 0.4):
            launcher.handout.give_back(held.pop(random_.randrange(len(held))))
        else:
            held.append(launcher.handout.take(devices))
        assert all(len({*gpus_}) == devices for gpus_ in held)
        assert max(Counter(gpu for gpus_ in held for gpu in gpus_).values(), default=0) <= per_device


def fails_on(bad: str, starts: str) -> int:
    """A training that its GPU fails if it has a bad one."""
    mine = os.environ["CUDA_VISIBLE_DEVICES"]
    with open(starts, "a") as file:
        file.write(f"{mine}\n")
    return DEVICE if {*mine.split(",")} & {*bad.split(",")} else 0


@pytest.mark.parametrize(
    ("bad", "trainer", "jobs", "ends", "starts"),
    [
        ("1", {}, 4, [0, 0, 0, 0], {"1": 2}),  # left out after one retry
        ("0,1,2", {}, 1, [DEVICE], {"0": 2, "1": 1}),  # a trial that fails on each is itself at fault
        ("2", {"devices": 2}, 2, [0, 0], {}),
        ("1", {"devices": 3}, 1, [DEVICE], {"0,1,2": 2}),  # there are no others
    ],
)
def test_a_gpu_that_fails_is_left_out_and_the_job_goes_elsewhere(
    ablation, tmp_path, monkeypatch, bad, trainer, jobs, ends, starts
):
    monkeypatch.setattr(local, "PRELOAD", [])
    ablation(3)
    launcher = local.Local(Demand([trainer]))
    counted = tmp_path / "starts"
    events = launcher.run([Job(f"{__name__}:fails_on", (bad, str(counted)), tmp_path / "log.txt")] * jobs)
    told = [event for event in events if event]
    assert [code for index in range(jobs) for i, code in told if i == index and isinstance(code, int)] == ends
    assert [sum(what is None for i, what in told if i == index) for index in range(jobs)] == [1] * jobs
    seen = Counter(counted.read_text().split())
    assert {gpus: seen[gpus] for gpus in starts} == starts
    assert sum(what == REQUEUED for _, what in told) == sum(seen.values()) - jobs


def test_a_job_whose_log_cannot_be_written_has_failed_and_says_so_in_a_line(tmp_path, monkeypatch):
    monkeypatch.setattr(local, "PRELOAD", [])
    (tmp_path / "log.txt").mkdir()
    job = Job(f"{__name__}:fails_on", ("1", "starts"), tmp_path / "log.txt")
    assert [event for event in local.Local(Demand([{}])).run([job]) if event] == [(0, None), (0, 1)]
    with pytest.raises(SystemExit, match=f"^trickbench: error: {tmp_path / 'log.txt'}: Is a directory$"):
        child.run(job, {})


class Hungry(Callback):
    """Takes more memory than any GPU has, once it is a trial's."""

    def on_train_epoch_start(self, trainer: Trainer, *_: object) -> None:
        if "trials" in trainer.default_root_dir:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has 1.00 GiB")


def test_a_trial_for_which_no_gpu_has_memory_fails_alone_and_says_what_takes_less(ablation, tmp_path, capsys):
    file = ablation(2, max_epochs=1)
    hungry = {"trainer": {"callbacks+": [{"class_path": f"{__name__}.Hungry"}]}}
    tiny.write(tmp_path, "focal.yaml", {**tiny.model(loss={"class_path": "Focal"}), **hungry})
    assert main(["ablate", str(file), "--runs", str(tmp_path / "runs")]) == 1
    said = capsys.readouterr()
    for seed in (0, 1):
        log = tmp_path / f"runs/mine/focal/seed-{seed}/log.txt"
        less = "lower data.init_args.batch_size, for all arms alike, or trials per GPU (per_device, --jobs), or raise "
        less += f"trainer.devices with half the batch on each of two, see {log}; the next run tries it again"
        assert f"failed: focal seed {seed}: a GPU's memory is not enough for 2.00 GiB more: {less}\n" in said.out
        assert log.read_text().count("--- ") in (2, 3)  # twice on one GPU, then on the other if that is not left out
        assert f"baseline seed {seed}: done" in said.out
    assert "failed a trial twice: left out until the end of this run" in said.err


@pytest.mark.parametrize(
    ("gpus", "trainer", "message"),
    [
        (2, {"devices": 4}, "trainer.devices must be at most 2, the GPUs that are there (0, 1), got 4"),
        ("1", {"devices": "2"}, "trainer.devices must be at most 1, the GPUs that are there (1), got 2"),
        (2, {"devices": [0, 1]}, "or -1 for all GPUs; which ones it gets is the runner's choice, got [0, 1]"),
        (2, {"devices": "0,1"}, "trainer.devices must be a count from 1, auto for one, or -1 for all GPUs; "),
        (2, {"devices": 0}, "trainer.devices must be a count from 1"),
        (2, {"devices": True}, "trainer.devices must be a count from 1"),
        (2, {"devices": 1.5}, "trainer.devices must be a count from 1"),
        ("", {"devices": -1}, "or -1 for all GPUs (there are none); which ones it gets is the runner's choice, got -1"),
        (2, {"devices": -1, "accelerator": "cpu"}, "-1 for all GPUs (there are none)"),
        ("", {"devices": 64}, "trainer.devices must be at most 2, the CPUs of this machine, got 64"),
        (2, {"num_nodes": 2}, "trainer.num_nodes must be 1, since trials run on this machine, got 2"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_starts(
    ablation, tmp_path, monkeypatch, capsys, gpus, trainer, message
):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})
    assert main(["ablate", str(ablation(gpus, **trainer)), "--runs", str(tmp_path / "runs")]) == 2
    assert message in tiny.complaint(capsys)
    assert not (tmp_path / "runs").exists()
    if isinstance(trainer.get("devices"), int) and trainer["devices"] > 2:  # `plan` shows it nevertheless
        assert main(["plan", str(ablation(gpus, **trainer)), "--runs", str(tmp_path / "runs")]) == 0
        assert f"from here `ablate` would not start it: {message}" in capsys.readouterr().out


@pytest.mark.parametrize("jobs", ["0", "-1", "1.5", "two"])
@pytest.mark.parametrize("command", ["ablate", "plan", "status"])
def test_jobs_are_a_count(ablation, capsys, command, jobs):
    assert main([command, str(ablation("")), "--jobs", jobs]) == 2
    assert tiny.complaint(capsys) == f"argument --jobs: must be a whole number from 1, got {jobs!r}"


def test_processes_on_cpus_are_counted_like_devices(ablation, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3})
    launcher = launcher_for(make_plan(read_ablation(str(ablation(2, devices=3, accelerator="cpu")))), 10**12)
    assert (launcher.jobs, launcher.devices, list(launcher.gpus)) == (4, 3, [])  # not more than there are trials
