"""A sweep of W&B, registered and worked off by W&B's own commands, at a server on loopback."""

import os
import re
import subprocess
import sys

from experiments.cli import main
from tests.experiments.commands.test_export import ablation
from tests.wandb_server import serving


def wandb(*words: str) -> str:
    command = [sys.executable, "-m", "wandb", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_agents_train_the_trials_of_a_sweep_each_as_a_run_of_its_own(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ablation(tmp_path).parent)
    with serving() as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        assert main(["ablate", "mine.yaml", "--export", "sweep", "--wandb", "me/project"]) == 0
        (elsewhere := tmp_path / "elsewhere").mkdir()
        os.chdir(elsewhere)
        told = wandb("sweep", str(tmp_path / "runs/mine/sweep.yaml"))
        wandb("agent", re.search(r"wandb agent (\S+)", told)[1])
        (sweep,) = server.sweeps.values()
        runs = dict(server.runs)
    os.chdir(tmp_path)
    assert [each["type"] for each in sweep.told] == ["run", "run", "exit"]
    assert {run.fields["project"] for run in runs.values()} == {"project"}
    assert len(runs) == 2
    assert not any("agents" in name for name in runs)
    assert all(run.state == "finished" and run.history for run in runs.values())
    capsys.readouterr()
    assert main(["report", "mine.yaml"]) == 0
    assert (tmp_path / "runs/mine/trials.csv").read_text().count(",done,") == 2
