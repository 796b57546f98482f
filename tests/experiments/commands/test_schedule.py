"""The learning-rate curve of a run: in numbers, as a picture, in the terminal."""

import argparse
import csv
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from experiments.commands import schedule
from experiments.draw import braille
from experiments.errors import UserError
from tests.experiments.tiny import BASELINE, model, write


@pytest.fixture
def baseline(tmp_path):
    return write(tmp_path, "tiny.yaml", BASELINE)


def run(*words: object) -> int:
    parser = argparse.ArgumentParser()
    schedule.add_parser(parser.add_subparsers())
    args = parser.parse_args(["schedule", *map(str, words)])
    return args.run(args)


def columns(path) -> list[list[float]]:
    with path.open() as file:
        names, *rows = csv.reader(file)
    assert names[0] == "step"
    assert [int(row[0]) for row in rows] == list(range(len(rows)))
    return [[float(row[i]) for row in rows] for i in range(1, len(names))]


def test_the_curve_is_the_runs(baseline, tmp_path):
    """Four batches in two epochs; a fifth of them, rounded, warms up; then a polynomial."""
    assert run(baseline, "--out", tmp_path / "lr.csv") == 0
    (rates,) = columns(tmp_path / "lr.csv")
    expected = [0.1, 0.55, *((1 - i / 6) ** 0.9 for i in range(6))]
    assert rates == pytest.approx([0.05 * factor for factor in expected])


def test_layers_lie_over_it_and_groups_have_their_own(baseline, tmp_path):
    rules = {"class_path": "RateMultiplier", "init_args": {"parts": ["head"], "multiplier": 10}}
    mine = write(tmp_path, "mine.yaml", model(parameter_rules=[rules, {"class_path": "NoDecay"}]))
    assert run(baseline, "constant_rate", mine, "--steps", 5, "--out", tmp_path / "lr.csv") == 0
    assert columns(tmp_path / "lr.csv") == [pytest.approx([0.005] + 4 * [0.05]), pytest.approx([0.05] + 4 * [0.5])]


def test_the_picture_and_the_terminal_show_it(baseline, tmp_path, capsys):
    assert run(baseline, "exponential", "--steps", 3000, "--out", tmp_path / "lr.svg") == 0
    namespace = "{http://www.w3.org/2000/svg}"
    (line,) = ElementTree.parse(tmp_path / "lr.svg").getroot().iter(f"{namespace}polyline")
    points = [tuple(map(float, point.split(","))) for point in line.get("points").split()]
    assert 900 < len(points) < 1100
    assert points[0] == (70, 236)  # a tenth of the way up
    assert points[-1][0] == 780
    assert min(y for _, y in points) == pytest.approx(20, abs=1)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("    0.05 ┤")
    assert printed[16].endswith("3000 steps")
    assert printed[17].startswith("from 0.005, at most 0.05, to 0.0005")
    assert max(map(len, printed[:17])) == 80


def test_a_terminal_curve_goes_where_it_should():
    assert braille.plot([[1, 0]], width=1, height=1) == ["⢹"]
    assert braille.plot([[0, 0, 1, 1]], width=2, height=1) == ["⣀⡏"]
    assert braille.plot([[1, 1, 1, 1], [0, 0, 0, 0]], width=2, height=2) == ["⠉⠉", "⣀⣀"]
    assert braille.plot([[0.0]], width=2, height=1) == ["⣀⣀"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--steps", "0"], "--steps must be at least 1, got 0"),
        (["--out", "lr.png"], r"--out must end in .svg or .csv, got 'lr.png'"),
        (["warmpu"], "none of experiments/tricks is called 'warmpu'; nearest: warmup"),
    ],
)
def test_what_makes_no_sense_is_refused(baseline, words, message):
    with pytest.raises(UserError, match=message):
        run(baseline, *words)


def test_errors_of_the_run_are_one_line(baseline, tmp_path, capsys):
    long = write(tmp_path, "long.yaml", model(schedule={"init_args": {"length": 500}}))
    wide = write(tmp_path, "wide.yaml", {"trainer": {"devices": 2, "strategy": "ddp", "accelerator": "cpu"}})
    assert (run(baseline, long), run(baseline, wide)) == (2, 2)
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("trickbench")]
    assert errors == [
        "trickbench: error: Warmup: a warmup of 500 steps does not fit into a run of 8",
        "trickbench: error: the run is on 2 devices: give its length with --steps",
    ]
    assert run(baseline, wide, "--steps", "9") == 0


def test_help_needs_no_torch():
    code = "import sys; import experiments.commands.schedule; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
