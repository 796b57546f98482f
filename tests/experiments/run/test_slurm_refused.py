"""What Slurm says before anything is queued, in one line: by commands that answer as its own do."""

import json
import os
from pathlib import Path

import pytest

from experiments.cli import main
from experiments.folder import REGISTRATION, TRIALS
from experiments.run.launchers.job import Job
from experiments.run.launchers.queued import KILLED, LOOKS, Queued, still_queued
from experiments.run.launchers.squeue import COMMANDS
from experiments.run.launchers.tickets import Progress, write_progress
from tests.experiments import tiny

pytest.importorskip("submitit")
ACCOUNT = "sbatch: error: allocation failure: Invalid account or account/partition combination specified"
DOWN = "Slurmctld(primary) at head is DOWN"


def write_commands(folder: Path, says: dict[str, str]) -> None:
    """Commands of Slurm's; those that say something fail with it."""
    for name in COMMANDS:
        fails = f"echo '{says[name]}' >&2; exit 1" if name in says else ""
        (folder / name).write_text(f"#!/bin/sh\n{fails}\n")
        (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("says", "arguments", "message"),
    [
        (dict.fromkeys(("scontrol", "sbatch", "sinfo"), DOWN), {}, f"Slurm does not answer: {DOWN}; --launcher Local"),
        ({"sbatch": ACCOUNT}, {"account": "nobody"}, "Slurm refuses a trial's job: Invalid account or account/partit"),
    ],
    ids=["no controller", "an account that does not exist"],
)
def test_one_line_and_nothing_is_registered(tmp_path, monkeypatch, capsys, says, arguments, message):
    write_commands(tmp_path, says)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    base = tiny.write(tmp_path, "base.yaml", tiny.BASELINE)
    focal = tiny.write(tmp_path, "focal.yaml", tiny.model(loss={"class_path": "Focal"}))
    launcher = {"class_path": "Slurm", "init_args": arguments}
    keys = {"baseline": base, "tricks": [focal], "sesoi": 0.1, "seeds": 2, "launcher": launcher}
    words = ["ablate", tiny.write(tmp_path, "mine.yaml", keys), "--runs", str(tmp_path / "runs")]
    assert main(words) == 2
    said = tiny.complaint(capsys)
    assert said.startswith(message)
    assert not (tmp_path / "runs/mine" / REGISTRATION).exists()
    assert not (tmp_path / "runs" / TRIALS).exists()
    asked = json.dumps(launcher)
    assert main(["plan", *words[1:], "--launcher", asked]) == 0  # which shows what it can, and that
    assert f"from here `ablate` would not start it: {message}" in capsys.readouterr().out


def test_the_state_of_a_thousand_jobs_is_one_call(tmp_path, monkeypatch):
    write_commands(tmp_path, {})
    numbers = [f"7_{i}" for i in range(1000)]
    said = "\n".join(numbers)
    (tmp_path / "squeue").write_text(f"#!/bin/sh\necho call >> {tmp_path}/calls\ncat <<END\n{said}\nEND\n")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    jobs = [Job("m:f", (), tmp_path / number / "log.txt") for number in numbers]
    queued = Queued(jobs, tmp_path / "slurm")
    for index, number in enumerate(numbers):
        queued.add(index, number)
    for index in (3, 999):
        write_progress(jobs[index], Progress(numbers[index], 0))
    assert list(queued.look()) == [(3, None), (999, None)]
    assert (tmp_path / "calls").read_text() == "call\n"
    assert still_queued(jobs) == dict(enumerate(numbers))  # of a runner that comes after
    assert (tmp_path / "calls").read_text() == "call\n" * 2


def test_a_job_that_left_nothing_hints_at_a_folder_that_its_node_does_not_see(tmp_path, monkeypatch):
    write_commands(tmp_path, {})
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    job = Job("m:f", (), tmp_path / "trial" / "log.txt")
    queued = Queued([job], tmp_path / "slurm")
    queued.add(0, "7_0")
    assert [event for _ in range(LOOKS) for event in queued.look()] == [(0, None), (0, KILLED)]
    said = f"it left no log, as where its node does not see {tmp_path / 'slurm'}"
    assert job.log.read_text() == f"trickbench: error: Slurm's job 7_0 was killed or could not start; {said}\n"
