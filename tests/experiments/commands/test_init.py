"""From a folder to a baseline and an ablation, through the command."""

import os
from itertools import product

import pytest
import torch
import yaml
from PIL import Image

from experiments import cli
from experiments.declare import configs
from experiments.declare.tricks import package_tricks
from experiments.trial import preview, train
from experiments.trial.data.look import look_at
from tests.datamodules import made
from tests.experiments import tiny


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_binary_masks_become_a_baseline_that_trains_and_an_ablation_that_is_planned(here, capsys):
    made.binary_in_one_folder(here / "cells")
    assert cli.main(["init", "cells"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == (
        "recognised: segmentation, for ImageMaskFolder: 12 training images, 2 classes (background, foreground)"
    )
    assert "to check: no validation data: 20% of the training images are cut off for it, the same for all seeds" in said
    assert said[-1] == "next: trickbench plan cells.yaml --cost, then: trickbench ablate cells.yaml"
    assert cli.main(["plan", "cells.yaml"]) == 0
    assert "cross_entropy_dice" in capsys.readouterr().out
    words = ["--trainer.max_steps=1", "--trainer.default_root_dir=out"]
    assert train.main(["fit", "--config", "cells_baseline.yaml", *words]) == 0
    assert (here / "out" / "metrics.csv").exists()


def test_boxes_become_a_detector(here, capsys):
    made.yolo(here / "my pets")
    assert cli.main(["init", "my pets", "--out", "."]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "next: trickbench plan 'my pets.yaml' --cost, then: trickbench ablate 'my pets.yaml'"
    config = yaml.safe_load((here / "my pets_baseline.yaml").read_text())
    assert (config["model"]["class_path"], config["model"]["init_args"]["num_classes"]) == ("Detection", 2)
    assert config["data"]["init_args"]["size"] == [64, 64]
    same = [trick.name for trick in package_tricks() if configs.has(config, trick.content)]
    assert {"fpn", "sigmoid_focal"} <= set(same)  # which the data check does not advise to add
    assert cli.main(["plan", "my pets.yaml"]) == 0
    assert "pafpn" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [
        ([(28, 28)], [32, 32]),
        ([(100, 100)], [96, 96]),
        ([(72, 96)], [96, 128]),
        ([(72, 96), (84, 104), (96, 112)], [96, 128]),
        ([(80, 112)], [96, 128]),
        ([(360, 480)], [192, 256]),
        ([(1080, 1920)], [160, 256]),
        ([(480, 640), (640, 480)], [256, 256]),
        ([(20, 2000)], [32, 256]),
    ],
)
def test_the_size_has_the_shape_of_the_images_and_is_not_smaller_for_no_reason(here, capsys, sizes, chosen):
    for name, k in product(("cat", "dog"), range(6)):
        place = here / "pets" / name / f"{k}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", sizes[k % len(sizes)][::-1]).save(place)
    assert cli.main(["init", "pets"]) == 0
    assert yaml.safe_load((here / "pets_baseline.yaml").read_text())["data"]["init_args"]["size"] == chosen


def test_beside_a_gpu_others_load_and_it_is_said(here, capsys, monkeypatch):
    made.yolo(here / "pets")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(8))
    assert cli.main(["init", "pets"]) == 0
    assert "epochs, 3 processes that load for each GPU\n" in capsys.readouterr().out
    assert yaml.safe_load((here / "pets_baseline.yaml").read_text())["data"]["init_args"]["num_workers"] == 3


def test_folders_of_classes_become_a_classifier_that_trains(here, capsys):
    made.folders_of_classes(here / "pets")
    assert cli.main(["init", "pets"]) == 0
    assert (
        "recognised: classification, for ClassFolders: 6 training images, 2 classes (cat, dog)"
        in capsys.readouterr().out
    )
    assert cli.main(["plan", "pets.yaml"]) == 0
    assert "spp_head" in capsys.readouterr().out
    words = ["--trainer.max_steps=1", "--trainer.default_root_dir=out", "--data.init_args.batch_size=2"]
    assert train.main(["fit", "--config", "pets_baseline.yaml", *words]) == 0
    assert "val/accuracy" in (here / "out" / "metrics.csv").read_text().splitlines()[0]


@pytest.mark.parametrize("make", made.LAYOUTS, ids=lambda make: make.__name__)
def test_every_layout_is_begun_planned_checked_and_read_as_it_lies(here, capsys, make):
    make(here / "mine")
    assert cli.main(["init", "mine"]) == 0
    assert cli.main(["plan", "mine.yaml"]) == 0
    capsys.readouterr()
    tiny.write(here, "small.yaml", tiny.model(backbone={"class_path": "Tiny", "init_args": {"channels": 2}}))
    assert cli.main(["data", "check", "mine_baseline.yaml", "small.yaml", "--workers", "0"]) in (0, 1)  # 1: it may leak
    assert "faults: none found" in [line.strip() for line in capsys.readouterr().out.splitlines()]
    with preview.built([here / "mine_baseline.yaml", here / "small.yaml"]) as built:
        assert look_at(built.datamodule)["images"]["train"] > 0


def test_outlines_become_masks_and_the_task_may_be_chosen(here, capsys):
    made.coco_outlines(here / "pets")
    assert cli.main(["init", "pets"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == ("recognised: segmentation, for CocoMasks: 3 training images, 3 classes (background, cat, dog)")
    assert "to check: CocoBoxes would read labels for detection: --task detection" in said
    assert cli.main(["plan", "pets.yaml"]) == 0
    (here / "boxes").mkdir()
    assert cli.main(["init", "pets", "--task", "detection", "--out", "boxes"]) == 0
    assert "recognised: detection, for CocoBoxes: 3 training images, 2 classes (cat, dog)" in capsys.readouterr().out


def spoil_voc(root):
    for name, line in (("1", "<object><name></name></object>"), ("3", "<object><bndbox/></object>")):
        file = root / "annotations" / f"{name}.xml"
        file.write_text(file.read_text().replace("<object>", f"\n{line}\n<object>"))


def spoil_yolo(root):
    (root / "labels" / "train" / "0.txt").write_text("0 0.4 0.4 0.3 0.4\n7 0.4 0.4 0.3 0.4\n")
    (root / "labels" / "train" / "1.txt").write_text("0 0.4 0.4\n")


def spoil_table(root):
    with (root / "boxes.csv").open("a") as file:
        file.write("3.png,1,2,x,9,fox\n4.png,1,2,8,9,\n5.png\n6.png,1,2\n")


NO_NAME = "xml: object[0], line 2: <object> has no name"
BROKEN = {
    made.voc_without_lists: (spoil_voc, [f"1.{NO_NAME}", f"3.{NO_NAME}"]),
    made.yolo: (spoil_yolo, ["0.txt: line 2 has the class 7; expected 0 to 1", "1.txt: line 1 must hold a class and"]),
    made.table: (spoil_table, ["line 12 must have four numbers", "line 13 has a box of no class", "line 15 must have"]),
}


@pytest.mark.parametrize("make", BROKEN, ids=lambda make: make.__name__)
def test_broken_annotations_are_all_named_before_anything_is_written(here, capsys, make):
    make(here / "data")
    spoil, places = BROKEN[make]
    spoil(here / "data")
    assert cli.main(["init", "data"]) == 2
    said = capsys.readouterr().err
    assert f"{len(places)} annotations are broken, correct or delete them: " in said
    assert all(place in said for place in places)
    assert [each.name for each in here.iterdir()] == ["data"]


def test_what_a_reader_warns_of_is_to_be_checked(here, capsys):
    made.yolo(here / "pets")
    (here / "pets" / "labels" / "train" / "0.txt").write_text("0 0.4 0.4 0.3 0.4\n1 0.4 0.4 0 0\n")
    assert cli.main(["init", "pets"]) == 0
    assert "to check: train: 1 of 4 boxes dropped; the first: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["absent"], "no folder absent"),
        (["empty"], "empty holds no files, in no layout that is known: "),
        (["cells"], "cells_baseline.yaml is there already; move it away, or say --out FOLDER"),
        (["cells", "--out", "absent"], "--out must be a folder that is there, got absent"),
    ],
)
def test_what_cannot_be_begun(here, capsys, words, message):
    made.binary_in_one_folder(here / "cells")
    (here / "empty").mkdir()
    (here / "cells_baseline.yaml").write_text("mine")
    assert cli.main(["init", *words]) == 2
    assert f"trickbench: error: {message}" in capsys.readouterr().err
    assert (here / "cells_baseline.yaml").read_text() == "mine"
    assert not (here / "cells.yaml").exists()
