"""Names of classes in pictures, whatever letters they are of, through the command."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from datamodules.files.images import read_image
from experiments import cli
from experiments.trial.use import answers
from tests.experiments.trial.use.test_load import copied


@pytest.fixture
def overlay(runs, images, tmp_path, monkeypatch):
    """The overlay of an image by a model that finds one class of this name in all of it."""

    def made(name: str, path: str | None = None) -> np.ndarray:
        run, out = tmp_path / f"run {name}", tmp_path / f"out {name}"
        file = copied(runs / "segmentation", run) / "checkpoints" / "last.ckpt"
        content = torch.load(file)
        torch.save(content | {"class_names": [name, *content["class_names"][1:]]}, file)
        if path is not None:
            monkeypatch.setenv("PATH", path)
        assert cli.main(["predict", str(images), "--run", str(run), "--out", str(out)]) == 0
        return read_image(out / "overlays" / "a.png.jpg")

    monkeypatch.setattr(answers, "label_map", lambda logits, size: torch.zeros(*size, dtype=torch.long))
    return made


def test_names_that_no_font_can_write_are_numbers_and_it_is_said(overlay, tmp_path, capsys):
    plain = overlay("0")
    assert capsys.readouterr().err == ""
    assert np.array_equal(overlay("划痕", path=str(tmp_path)), plain)  # where no fontconfig is
    (said,) = capsys.readouterr().err.splitlines()
    assert "no font on this machine can write '划痕'" in said
    assert json.loads((tmp_path / "out 划痕" / "about.json").read_text())["classes"][0]["name"] == "划痕"


def cyrillic() -> bool:
    try:
        return Path(subprocess.check_output(["fc-match", "-f", "%{file}", ":charset=416"], text=True)).is_file()
    except OSError:
        return False


@pytest.mark.skipif(not cyrillic(), reason="no font for it is installed")
def test_names_are_written_in_a_font_that_has_their_letters(overlay, capsys):
    assert overlay("Жук").shape[1] > overlay("0").shape[1]  # the legend is wider
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["背景", "Background", "_background_"])
def test_the_ground_is_not_coloured_by_any_of_its_names(overlay, images, name):
    height, width, _ = read_image(images / "a.png").shape
    usual, other = overlay("background")[:height, :width], overlay("other")[:height, :width]
    assert np.array_equal(overlay(name)[:height, : width - 8], usual[:, : width - 8])  # JPEG blends what is beside it
    assert other.mean() < 0.6 * usual.mean()
