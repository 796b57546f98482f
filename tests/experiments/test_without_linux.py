"""Without what Linux alone has, as on macOS, an ablation of files ends as with it; Windows is refused in a line."""

import json
import os
import sys

import pytest

from experiments import cli, process
from tests.datamodules import made
from tests.experiments.running import ENVIRONMENT, started
from tests.experiments.tiny import BASELINE, model, statuses, write

WITHOUT = """
import io, os
del os.sched_getaffinity, os.posix_fallocate

def without_proc(call):
    def called(path, *more, **keys):
        if str(path).startswith("/proc/"):
            raise FileNotFoundError(2, "no such file", str(path))
        return call(path, *more, **keys)
    return called

os.readlink, os.stat, io.open = map(without_proc, (os.readlink, os.stat, io.open))
"""


def test_an_ablation_of_files_ends_without_linux(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(WITHOUT)
    for split in ("train", "val"):
        for k in range(4):
            made.photo(tmp_path / "plants" / split / "images" / f"{k}.png", k)
            made.mask(tmp_path / "plants" / split / "masks" / f"{k}.png", (0, 1, 2))
    baseline = json.loads(json.dumps(BASELINE))
    given = {"root": "plants", "classes": ["soil", "leaf", "stem"], "size": [32, 32], "batch_size": 2}
    baseline["data"] = {"class_path": "ImageMaskFolder", "init_args": given}
    baseline["model"]["init_args"]["num_classes"] = 3
    write(tmp_path, "base.yaml", baseline)
    write(tmp_path, "slow.yaml", model(optimizer={"init_args": {"lr": 0.01}}))
    keys = {"baseline": "base.yaml", "tricks": ["slow.yaml"], "metric": "val/miou", "sesoi": 0.1, "seeds": 2}
    write(tmp_path, "matrix.yaml", keys)
    environment = ENVIRONMENT | {
        "PYTHONPATH": os.pathsep.join([str(tmp_path), ENVIRONMENT["PYTHONPATH"]]),
        "TRICKBENCH_CACHE": str(tmp_path / "cache"),
    }
    with started(tmp_path, "ablate", "matrix.yaml", env=environment) as running:
        said = running.communicate()[0]
    assert running.returncode == 0, said
    assert statuses(tmp_path) == {"baseline": {"done": 2}, "slow": {"done": 2}}
    assert "Traceback" not in said
    assert any((tmp_path / "cache").rglob("*.npy"))


def test_the_cpus_are_all_of_the_machine_where_it_does_not_say_which(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    assert process.cpus() == os.cpu_count()


def test_windows_is_refused_in_a_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "platform", "win32")
    assert cli.main(["plan", "quickstart"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "trickbench: error: trickbench needs Linux or macOS, got win32; on Windows it runs under WSL"
    ]


@pytest.mark.parametrize("words", [["--version"], ["--help"]])
def test_what_asks_nothing_of_the_system_is_said_anywhere(monkeypatch, capsys, words):
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(SystemExit):
        cli.main(words)
    assert "trickbench" in capsys.readouterr().out
