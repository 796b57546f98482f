"""`trickbench doctor` tells what is here and trains through each launcher."""

import json
import re

import pytest

from experiments.cli import main
from tests.experiments.tiny import complaint


@pytest.fixture(autouse=True)
def settings(tmp_path, monkeypatch):
    """Settings of a user whose Ray is not there."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    launcher = {"class_path": "Ray", "init_args": {"address": "127.0.0.1:1"}}
    (tmp_path / "trickbench.yaml").write_text(json.dumps({"launcher": launcher}), encoding="utf-8")


def test_each_launcher_is_tried_and_one_that_fails_decides(tmp_path, capsys):
    assert main(["doctor", "--runs", str(tmp_path / "runs"), "--json", "--launchers", "Local", "Ray"]) == 1
    launchers = json.loads(capsys.readouterr().out)["launchers"]
    assert launchers["Local"]["worked"]
    assert launchers["Local"]["said"].startswith("4 trials in ")
    assert not launchers["Ray"]["worked"]
    assert launchers["Ray"]["said"].startswith(("no Ray answers at 127.0.0.1:1", "Ray is not installed"))
    (kept,) = (tmp_path / "runs").iterdir()
    assert str(kept) in launchers["Ray"]["said"]


def test_what_is_found_is_told_without_trying_anything(tmp_path, capsys, monkeypatch):
    fake = tmp_path / "bin" / "nvidia-smi"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'GPU 0: Pretended (UUID: GPU-1)'\n", encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:/usr/bin:/bin")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert main(["doctor", "--runs", str(tmp_path / "runs"), "--launchers"]) == 0
    told = dict(re.split(r" {2,}", line, maxsplit=1) for line in capsys.readouterr().out.splitlines() if line)
    assert told["devices"].startswith(("the driver lists 1: is this torch built for CPUs?", "GPU 0"))
    assert told["runs folder"].startswith(f"{tmp_path}/runs, writable, ")
    assert not list((tmp_path / "runs").iterdir())


def test_a_launcher_that_is_not_here(tmp_path, capsys):
    assert main(["doctor", "--runs", str(tmp_path), "--launchers", "Locl"]) == 2
    assert complaint(capsys).startswith("--launchers: 'Locl' is not here; nearest: Local")
