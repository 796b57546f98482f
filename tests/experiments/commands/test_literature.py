"""Published effects in the terminal, without torch."""

import subprocess
import sys

import pytest

from experiments import cli
from experiments.declare.literature import published


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")


def shown(capsys, *words):
    assert cli.main(["literature", *words]) == 0
    return capsys.readouterr().out


def test_every_trick_with_rows_is_listed(capsys):
    lines = shown(capsys).splitlines()[1:]
    assert [line.split()[:2] for line in lines] == [[name, str(len(r))] for name, r in sorted(published().items())]
    (warmup,) = (line for line in lines if line.split()[0] == "warmup")
    assert "top-1 error +1.1" in warmup


def test_one_trick_shows_each_row_with_its_source(capsys):
    out = shown(capsys, "ppm")
    assert out.startswith("ppm: Pyramid pooling module\nmIoU −1.0 … +10.3 (n = 13)\n")
    assert "mIoU  37.23  → 41.07  +3.84  ADE20K, ResNet-50, 150k steps" in out
    assert all(f"\n  {row.source}\n" in out for row in published()["ppm"])


def test_a_trick_without_rows_says_so(capsys):
    assert shown(capsys, "adam") == "adam: Adam\nno published effect of it is known here\n"


def test_an_unknown_trick_brings_the_nearest(capsys):
    assert cli.main(["literature", "pmm"]) == 2
    assert capsys.readouterr().err == "trickbench: error: no trick is called 'pmm' or mentions it; nearest: ppm\n"


def test_a_part_of_a_name_lists_what_the_tricks_do(capsys, monkeypatch):
    lines = shown(capsys, "foc").splitlines()[1:]
    assert {"focal", "focal_gamma_0", "sigmoid_focal"} <= {line.split()[0] for line in lines}
    monkeypatch.setenv("COLUMNS", "200")
    assert cli.main(["tricks", "foc"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]] == [line.split()[0] for line in lines]
    assert not {"before", "accumulate"} & {line.split()[0] for line in lines}


def test_it_imports_no_torch():
    code = (
        "import sys; from experiments.cli import main; main(['literature']); main(['literature', 'ppm'])\n"
        "assert not {'torch', 'lightning', 'scipy'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0
