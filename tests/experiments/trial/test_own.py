"""Classes of the user's own, through the installed command, from a folder whose names would hide the package's."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.experiments import tiny

TRICKBENCH = [str(Path(sys.executable).parent / "trickbench")]
MODULE = """
import os
from datamodules import Digits

class MyDigits(Digits):
    def setup(self, stage):
        os.write(1, f"mine, rank {os.environ.get('LOCAL_RANK', 0)}\\n".encode())  # in one piece
        super().setup(stage)
"""
MINE = {"class_path": "mydata.MyDigits", "init_args": tiny.BASELINE["data"]["init_args"]}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An ablation with a module beside it and its baseline elsewhere; and a current folder that means harm."""
    project, hostile = tmp_path / "project", tmp_path / "hostile"
    (project / "configs").mkdir(parents=True)
    (project / "mydata.py").write_text(MODULE)
    tiny.write(project / "configs", "base.yaml", tiny.BASELINE | {"trainer": {"max_epochs": 1}, "data": MINE})
    focal = tiny.write(project / "configs", "focal.yaml", tiny.model(loss={"class_path": "Focal"}))
    keys = {"baseline": "configs/base.yaml", "tricks": [focal], "sesoi": 0.1, "seeds": 1}
    devices = {"trainer": {"devices": 2, "strategy": "ddp", "accelerator": "cpu"}}
    tiny.write(project, "mine.yaml", {**keys, "set": devices})
    for name in ("datamodules", "lightning_modules", "statistics"):
        (hostile / name).mkdir(parents=True)
        (hostile / name / "__init__.py").write_text("raise RuntimeError('this hides a module')")
    return project


def run(folder: Path, *words: str, command: list[str] = TRICKBENCH) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "OMP_NUM_THREADS": "1"}
    words = (*command, *words)
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_module_beside_the_ablation_is_found_by_the_check_the_trials_and_their_ranks(project):
    done = run(project.parent / "hostile", "ablate", "../project/mine.yaml", "--runs", "../runs")
    assert done.returncode == 0, done.stdout + done.stderr
    for arm in ("baseline", "focal"):
        trial = project.parent / "runs/mine" / arm / "seed-0"
        assert "mine, rank 1" in (trial / "log.txt").read_text()
        assert yaml.safe_load((trial / "config.yaml").read_text())["search"] == [str(project)]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "yourdata.MyDigits",
            "data: No module named 'yourdata'; a class of your own derives from datamodules.De",
        ),
        ("mydata.YourDigits", "data: module 'mydata' has no attribute 'YourDigits'; a class of your own derives from"),
        ("broken.MyDigits", "broken.py, line 1: No module named 'nothing_of_the_kind'"),
    ],
)
def test_what_is_not_found_is_said_in_one_line(project, monkeypatch, capsys, name, message):
    from experiments.cli import main

    monkeypatch.setattr(sys, "path", [*sys.path])
    (project / "broken.py").write_text("import nothing_of_the_kind")
    layers = ["--config", str(project / "configs/base.yaml"), "--config", json.dumps({"data": {"class_path": name}})]
    assert main(["fit", *layers, f"--search={json.dumps([str(project)])}"]) == 2
    assert message in tiny.complaint(capsys)


def test_a_data_module_beside_a_config_is_checked_from_elsewhere(project):
    """Beside the config itself, and where a config says so."""
    (project / "configs/mydata.py").write_text(MODULE)
    beside = run(project.parent / "hostile", "data", "check", "../project/configs/base.yaml", "--workers", "0")
    assert "16 images" in beside.stdout, beside.stderr
    (project / "configs/mydata.py").unlink()
    told = tiny.write(project / "configs", "told.yaml", {"search": [str(project)]})
    there = run(project.parent / "hostile", "data", "check", "../project/configs/base.yaml", told, "--workers", "0")
    assert there.stdout == beside.stdout, there.stderr


def test_python_m_finds_the_package_before_the_current_folder(project):
    done = run(project.parent / "hostile", "fit", "--help", command=[sys.executable, "-m", "experiments"])
    assert done.returncode == 0, done.stderr
