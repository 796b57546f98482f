"""What Slurm says before anything is queued, in one line: by commands that answer as its own do."""

import os

import pytest

from experiments.cli import main
from experiments.folder import REGISTRATION, TRIALS
from experiments.run.launchers.squeue import COMMANDS
from tests.experiments import tiny

pytest.importorskip("submitit")
ACCOUNT = "sbatch: error: allocation failure: Invalid account or account/partition combination specified"
SILENT = "error: Unable to contact slurm controller (connect failure)"


@pytest.mark.parametrize(
    ("says", "arguments", "message"),
    [
        ({"sbatch": f"sbatch: {SILENT}", "sinfo": f"slurm_load_partitions: {SILENT}"}, {}, "Slurm does not answer: "),
        ({"sbatch": ACCOUNT}, {"account": "nobody"}, "Slurm refuses a trial's job: Invalid account or account/partit"),
    ],
    ids=["no controller", "an account that does not exist"],
)
def test_one_line_and_nothing_is_registered(tmp_path, monkeypatch, capsys, says, arguments, message):
    for name in COMMANDS:
        fails = f"echo '{says[name]}' >&2; exit 1" if name in says else ""
        (tmp_path / name).write_text(f"#!/bin/sh\n{fails}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    base = tiny.write(tmp_path, "base.yaml", tiny.BASELINE)
    focal = tiny.write(tmp_path, "focal.yaml", tiny.model(loss={"class_path": "Focal"}))
    launcher = {"class_path": "Slurm", "init_args": arguments}
    keys = {"baseline": base, "tricks": [focal], "sesoi": 0.1, "seeds": 2, "launcher": launcher}
    words = ["ablate", tiny.write(tmp_path, "mine.yaml", keys), "--runs", str(tmp_path / "runs")]
    assert main(words) == 2
    said = tiny.complaint(capsys)
    assert said.startswith(message)
    assert ("Unable to contact slurm controller" in said) == (not arguments)
    assert not (tmp_path / "runs/mine" / REGISTRATION).exists()
    assert not (tmp_path / "runs" / TRIALS).exists()
