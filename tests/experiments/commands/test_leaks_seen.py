"""Images that validation shares with training: said by `plan --cost`, `ablate`, `status` and the page."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from datamodules import ImageMaskFolder
from datamodules.inspect import duplicates
from experiments import cli
from experiments.trial.data.look import look_at
from tests.datamodules import made
from tests.experiments.commands.test_mistakes import scene
from tests.experiments.tiny import BASELINE, model, write

CLASSES = ["soil", "leaf", "stem"]
CHECK = "see `trickbench data check base.yaml`"
NAMES = "3.png (a1_3.png), 4.png (a1_4.png), 5.png (a1_5.png)"


@pytest.fixture
def images(tmp_path, monkeypatch) -> Path:
    """Twelve training and six validation images, of which none is like another, and an ablation of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRICKBENCH_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "plants"
    for split, name, first, count in (("train", "a1_{}.png", 0, 12), ("val", "{}.png", 100, 6)):
        for k in range(count):
            made.mask(root / split / "masks" / name.format(k), (0, 1, 2))
            (root / split / "images").mkdir(parents=True, exist_ok=True)
            scene(first + k).save(root / split / "images" / name.format(k))
    data = {"root": "plants", "classes": CLASSES, "size": [32, 32], "batch_size": 4}
    baseline = json.loads(json.dumps(BASELINE))
    baseline["data"] = {"class_path": "ImageMaskFolder", "init_args": data}
    baseline["model"]["init_args"]["num_classes"] = 3
    write(tmp_path, "base.yaml", baseline)
    write(tmp_path, "slow.yaml", {"about": {"title": "Slow"}} | model(optimizer={"init_args": {"lr": 0.01}}))
    ablation = {"baseline": "base.yaml", "tricks": ["slow.yaml"], "metric": "val/miou", "sesoi": 0.1, "seeds": 2}
    write(tmp_path, "mine.yaml", ablation)
    return root


def leak(root: Path) -> None:
    for k in range(3, 6):
        shutil.copy(root / "train/images" / f"a1_{k}.png", root / "val/images" / f"{k}.png")


def said(capsys, *words: str) -> str:
    assert cli.main([*words, "mine.yaml"]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_images_of_both_splits_are_said_wherever_an_ablation_is_told_of(images, capsys):
    leak(images)
    line = f"data: val: leaks: 3 of 6 images are in the training data too, or nearly: {NAMES}: {CHECK}"
    assert line in said(capsys, "ablate", "--jobs", "1")
    assert line in said(capsys, "status")
    assert line in said(capsys, "report")
    assert "3 of 6 images are in the training data too" in Path("runs/mine/report.html").read_text(encoding="utf-8")
    assert "3 of 6 images are in the training data too" in Path("runs/mine/table.md").read_text(encoding="utf-8")


def test_nothing_is_said_of_sound_data(images, capsys):
    assert "leak" not in said(capsys, "plan", "--cost")


def test_series_on_both_sides_are_said(images, capsys):
    for kind in ("images", "masks"):
        for k in range(2):
            (images / "val" / kind / f"{k}.png").rename(images / "val" / kind / f"a1_{20 + k}.png")
    assert "leaks: 2 of 6 images are by their names of a series that is trained on too: a1_20.png, a1_21.png: see" in (
        said(capsys, "plan", "--cost")
    )


def test_of_many_images_some_are_compared_and_the_very_same_are_found_all_the_same(images, monkeypatch):
    leak(images)
    scene(0).point(lambda level: min(round(1.3 * level), 255)).save(images / "val/images/0.png")
    scene(1).point(lambda level: min(round(1.3 * level), 255)).save(images / "val/images/1.png")
    monkeypatch.setattr(duplicates, "CUTS", 10)
    monkeypatch.setattr(duplicates, "IMAGES", 1)
    (line,) = look_at(ImageMaskFolder("plants", CLASSES, (32, 32)))["leaks"]
    assert line.startswith("4 of 6 images are in the training data too, or nearly: 0.png (a1_0.png), 3.png")
    assert line.endswith("(quickly: all of 6 were compared for the same picture, 1 of them for near ones)")


def test_data_that_the_ablation_names_are_not_those_of_the_baseline(images, capsys):
    leak(images)
    assert ": see `trickbench data check`" in said(capsys, "plan", "--cost", "--data", str(images))


def test_a_quick_search_of_few_is_a_whole_one():
    pictures = list(np.random.default_rng(0).integers(0, 255, (8, 64, 64), dtype=np.uint8))
    assert duplicates.find_quickly(pictures, pictures[2:4]) == duplicates.find_duplicates(pictures, pictures[2:4])
