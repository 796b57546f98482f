"""From a folder to a baseline and an ablation, through the command."""

import pytest
import yaml

from experiments import cli
from experiments.trial import train
from tests.datamodules import made


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
    made.yolo(here / "pets")
    assert cli.main(["init", "pets", "--out", "."]) == 0
    config = yaml.safe_load((here / "pets_baseline.yaml").read_text())
    assert (config["model"]["class_path"], config["model"]["init_args"]["num_classes"]) == ("Detection", 2)
    assert config["data"]["init_args"]["size"] == [32, 64]
    capsys.readouterr()
    assert cli.main(["plan", "pets.yaml"]) == 0
    assert "pafpn" in capsys.readouterr().out


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
