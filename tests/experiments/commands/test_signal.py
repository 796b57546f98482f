"""The signal of a run, layer by layer: in numbers, as a picture, in the terminal."""

import argparse
import csv
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from experiments.commands import signal
from experiments.errors import UserError
from tests.experiments.tiny import BASELINE, model, write

DEEP = model(rewrites=[{"class_path": "NoNorm"}], backbone={"init_args": {"blocks": 3, "channels": 16}})


@pytest.fixture
def deep(tmp_path):
    """A residual network without normalisation, which would make up for any σ."""
    config, layer = write(tmp_path, "tiny.yaml", BASELINE), write(tmp_path, "deep.yaml", DEEP)
    return lambda *words: run(config, *words, "--set", layer)


def run(*words: object) -> int:
    parser = argparse.ArgumentParser()
    signal.add_parser(parser.add_subparsers())
    args = parser.parse_args(["signal", *map(str, words)])
    return args.run(args)


def table(path) -> dict[str, dict[str, tuple[float, float]]]:
    with path.open() as file:
        names, *rows = csv.reader(file)
    assert names == ["run", "layer", "activation", "gradient"]
    runs = {}
    for name, layer, activation, gradient in rows:
        runs.setdefault(name, {})[layer] = float(activation), float(gradient)
    assert sum(map(len, runs.values())) == len(rows)  # no layer twice
    return runs


def test_xavier_keeps_variances_level_and_too_small_lets_them_vanish(deep, tmp_path):
    """Glorot & Bengio 2010, fig. 6 and 7, on a run as it will be trained."""
    assert deep("xavier_normal", "normal_too_small", "--out", tmp_path / "signal.csv") == 0
    runs = table(tmp_path / "signal.csv")
    assert list(runs) == ["tiny", "xavier_normal", "normal_too_small"]
    assert len({tuple(layers) for layers in runs.values()}) == 1
    features = {run: [row for name, row in rows.items() if name.startswith("features")] for run, rows in runs.items()}
    assert len(features["tiny"]) > 20
    for quantity in zip(*features["xavier_normal"], strict=True):
        assert max(quantity) < 1000 * min(quantity)  # ReLU halves it at some layers, which Xavier does not know of
    (first, last) = features["normal_too_small"][0], features["normal_too_small"][-1]
    assert last[0] < 1e-15 * first[0]  # activations vanish forwards
    assert first[1] < 1e-12 * last[1]  # gradients backwards


def test_the_terminal_shows_every_layer_on_one_scale(deep, tmp_path, capsys):
    assert deep("normal_too_small", "--out", tmp_path / "signal.csv") == 0
    first, second, _ = capsys.readouterr().out.split("\n\n")
    runs = table(tmp_path / "signal.csv")
    for block, (name, layers) in zip((first, second), runs.items(), strict=True):
        head, *lines = block.splitlines()
        assert head.startswith(f"{name} ")
        assert max(map(len, block.splitlines())) <= 80
        assert [line.split()[1:3] for line in lines] == [[f"{a:.1e}", f"{g:.1e}"] for a, g in layers.values()]
        places = [max(line.find("●"), line.find("◉")) for line in lines]
        by_value = [place for _, place in sorted(zip((a for a, _ in layers.values()), places, strict=True))]
        assert by_value == sorted(places)
    assert first.splitlines()[0].split()[-1] == second.splitlines()[0].split()[-1]


def test_the_picture_has_a_curve_a_run_in_both_panels(deep, tmp_path):
    assert deep("fpn", "--out", tmp_path / "signal.svg") == 0
    space = "{http://www.w3.org/2000/svg}"
    root = ElementTree.parse(tmp_path / "signal.svg").getroot()
    lines = [line.get("points").split() for line in root.iter(f"{space}polyline")]
    assert len(lines) == 4
    assert len(lines[1]) > len(lines[0]) == len(lines[2])  # the pyramid's layers have places of their own
    tips = [tip.text for tip in root.iter(f"{space}title")][1:]
    assert len(tips) == sum(map(len, lines))
    assert any(tip.startswith("features.fusion.") for tip in tips)
    _, _, width, height = map(float, root.get("viewBox").split())
    for line in lines:
        xs, ys = zip(*(map(float, point.split(",")) for point in line), strict=True)
        assert 0 < min(xs) < max(xs) < width
        assert 0 < min(ys) < max(ys) < height


def test_detection_has_a_signal_too(tmp_path):
    """Several outputs, a head that runs on every level, and a frozen stem: the loss's gradient reaches them all."""
    assert run("digits_retina", "--set", "freeze_stem", "--out", tmp_path / "signal.csv") == 0
    (layers,) = table(tmp_path / "signal.csv").values()
    assert any(name.endswith("(2)") for name in layers)
    assert layers["features.backbone.stem.0"][1] > 0
    assert layers["head.regress.conv (3)"][1] == 0  # no box of this batch is of that level's size
    assert layers["head.regress.conv"][1] > 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--out", "signal.png"], r"--out must end in .svg or .csv, got 'signal.png'"),
        (["normal_too_smal"], "none of experiments/tricks is called 'normal_too_smal'; nearest: normal_too_small"),
        (["fpn", "fpn"], "each config can be drawn once, got .*fpn, fpn"),
    ],
)
def test_what_makes_no_sense_is_refused(deep, words, message):
    with pytest.raises(UserError, match=message):
        deep(*words)


def test_errors_of_the_run_are_one_line(deep, tmp_path, capsys):
    assert deep(write(tmp_path, "bad.yaml", model(num_classes=7))) == 2
    (error,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("trickbench")]
    assert "num_classes is 7, but the data has 11" in error


def test_help_needs_no_torch():
    code = "import sys; import experiments.commands.signal; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
