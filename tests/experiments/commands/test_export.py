"""Trials that others start: what `ablate --export` writes, started by hand, and what `report` makes of it."""

import shlex
import subprocess
from pathlib import Path

import pytest
import yaml
from wandb.sdk.launch.sweeps.utils import create_sweep_command, create_sweep_command_args

from experiments.cli import main
from tests.experiments import tiny
from tests.experiments.tiny import complaint


def ablation(folder: Path, **keys: object) -> Path:
    base = tiny.write(folder, "base.yaml", tiny.BASELINE)
    trick = tiny.write(folder, "focal.yaml", tiny.model(loss={"class_path": "Focal", "init_args": {"gamma": 1.0}}))
    own = {"baseline": base, "tricks": [trick], "sesoi": 0.02, "metric": "val/accuracy", "seeds": 1}
    return Path(tiny.write(folder, "mine.yaml", {**own, **keys}))


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_trials_that_are_started_by_hand_are_reported(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ablation(tmp_path).parent)
    assert main(["ablate", "mine.yaml", "--dry-run"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("Local: on this machine's CPUs, ")
    assert said[1] == "first a few steps of each of baseline, focal, to measure their costs"
    assert [line.rpartition(" in runs/trials/")[0] for line in said[2:]] == ["baseline seed 0", "focal seed 0"]
    assert not (tmp_path / "runs").exists()

    assert main(["ablate", "mine.yaml", "--export", "sweep"]) == 0
    assert "2 trials in runs/mine/sweep.yaml; when they are finished: trickbench report mine" in capsys.readouterr().out
    assert main(["ablate", "mine.yaml", "--export", "commands"]) == 0
    first, _ = (tmp_path / "runs/mine/commands.sh").read_text().splitlines()
    sweep = yaml.safe_load((tmp_path / "runs/mine/sweep.yaml").read_text())
    assert (sweep["method"], list(sweep["parameters"])) == ("grid", ["trial"])
    told = create_sweep_command_args({"args": {"trial": {"value": sweep["parameters"]["trial"]["values"][1]}}})
    words = create_sweep_command(sweep["command"])
    agents = [part for word in words for part in (told["args"] if word == "${args}" else [word])]
    with monkeypatch.context() as elsewhere:
        elsewhere.chdir("/")  # where an agent runs
        run("sh", "-c", first)
        run(*agents)
        elsewhere.chdir(tmp_path / "runs/mine/focal/seed-0")
        assert main(["attempt", "--trial", "."]) == 0  # it is finished
    capsys.readouterr()
    assert main(["report", "mine.yaml"]) == 0
    assert (tmp_path / "runs/mine/trials.csv").read_text().count(",done,") == 2
    assert main(["ablate", "mine.yaml", "--export", "commands"]) == 0
    assert "nothing is due: every trial is finished" in capsys.readouterr().out


def test_it_says_how_to_report_on_an_ablation_elsewhere(tmp_path, monkeypatch, capsys):
    ablation(tmp_path).rename(tmp_path / "my own.yaml")
    monkeypatch.chdir(tmp_path)
    assert main(["ablate", "my own.yaml", "--export", "commands", "--runs", "big disk"]) == 0
    says = capsys.readouterr().out.splitlines()[-1].partition("when they are finished: ")[2]
    assert shlex.split(says) == ["trickbench", "report", "my own.yaml", "--runs", "big disk"]


def test_an_exported_trial_that_is_another_by_now_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["attempt", "--trial", "runs/trials/none"]) == 2
    assert complaint(capsys).startswith("runs/trials/none is not the folder of an ablation's trial")


@pytest.mark.parametrize(
    ("launcher", "message"),
    [
        ("Slrm", "unknown launcher 'Slrm'; nearest: Slurm"),
        ("{class_path: Local, init_args: {job: 2}}", "launcher Local takes no 'job'; nearest: jobs"),
        (
            "{class_path: Local, init_args: {jobs: none}}",
            "launcher Local: jobs must be a whole number from 1, got 'none'",
        ),
        ("{class_path: Slurm, init_args: {at_once: 2}}", "launcher Slurm: at_once must be at most per_job, 1, got 2"),
        ("{class_path: Slurm, init_args: {setup: module load x}}", "setup must be a list of shell lines, got 'module"),
        ("{class: Slurm}", "--launcher must be the name of a launcher, or {class_path: Slurm, init_args: {…}}, got"),
        ("pathlib.Path", "pathlib.Path is not a Launcher; there are Local, Slurm"),
    ],
)
def test_a_launcher_that_cannot_be_is_refused(tmp_path, monkeypatch, capsys, launcher, message):
    monkeypatch.chdir(ablation(tmp_path).parent)
    assert main(["ablate", "mine.yaml", "--launcher", launcher]) == 2
    assert message in complaint(capsys)
    assert not (tmp_path / "runs").exists()


def test_the_settings_of_a_user_choose_below_the_ablation_and_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ablation(tmp_path, launcher={"class_path": "Local", "init_args": {"jobs": 2}}).parent)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    tiny.write(tmp_path, "trickbench.yaml", {"launcher": {"class_path": "Local", "init_args": {"jobs": 1, "many": 2}}})
    assert main(["ablate", "mine.yaml", "--dry-run"]) == 2
    assert complaint(capsys) == "launcher Local takes no 'many'; there are jobs, per_device"
    tiny.write(tmp_path, "trickbench.yaml", {"launcher": "Slurm"})
    assert main(["ablate", "mine.yaml", "--dry-run"]) == 0  # the ablation's own is Local
    assert ", 2 at a time, " in capsys.readouterr().out
    assert main(["ablate", "mine.yaml", "--dry-run", "--jobs", "1"]) == 0
    assert ", 1 at a time, " in capsys.readouterr().out
    for wrong, message in (
        ({"lancher": 1}, "unknown key 'lancher'"),
        ({"launcher": []}, "launcher must be the name of"),
    ):
        tiny.write(tmp_path, "trickbench.yaml", wrong)
        assert main(["ablate", "mine.yaml", "--dry-run"]) == 2
        assert message in complaint(capsys)
