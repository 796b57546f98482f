"""Data that lack a class, through every reader, before anything is trained."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from datamodules import CamVid, DenseData, DigitClasses, Digits, ImageMaskFolder
from datamodules.transforms.samples import Sample, Split
from experiments.trial import train
from tests.datamodules import coco_layout, voc_layout
from tests.datamodules.coco_layout import coco
from tests.datamodules.voc_layout import voc
from tests.experiments.tiny import detection, fit, model


def masks(root: Path, **splits: list[list[int]]) -> Path:
    """A data set whose masks are of one row each, 32×32 in the end."""
    for split, rows in splits.items():
        for kind in ("images", "masks"):
            (root / split / kind).mkdir(parents=True)
        for k, row in enumerate(rows):
            Image.new("RGB", (len(row), 1)).save(root / split / "images" / f"{k}.png")
            Image.fromarray(np.array([row], np.uint8)).save(root / split / "masks" / f"{k}.png")
    return root


def folder(root: Path, **arguments: Any) -> ImageMaskFolder:
    return ImageMaskFolder(str(root), **{"classes": ["ground", "nucleus"], "size": (1, 4), **arguments})


def test_a_class_without_a_pixel_is_named_with_what_was_found(tmp_path):
    data = folder(masks(tmp_path, train=[[0, 1, 1, 7], [0, 0, 0, 7]], val=[[0, 0, 0, 7]]), void=7)
    expected = "val: no pixel is of class nucleus; found: 0 (ground) 75.0%, 7 (void) 25.0%."
    with pytest.raises(ValueError, match=re.escape(expected)):
        data.setup("fit")
    data = folder(tmp_path, void=7, may_lack=["nucleus"])
    data.setup("fit")
    assert len(data.val_dataloader()) == 1


def test_binary_masks_of_0_and_255_are_told_apart_from_void(tmp_path, capsys):
    """All of the foreground would be ignored, and the metric perfect."""
    root = masks(tmp_path / "data", train=[[0, 0, 255, 255]], val=[[0, 0, 0, 255]])
    arguments = {"root": str(root), "classes": ["ground", "nucleus"], "size": [32, 32]}
    layer = {"data": {"class_path": "ImageMaskFolder", "init_args": arguments}}
    assert train.main(fit(tmp_path / "run", model(num_classes=2), layer)) == 2
    assert not (tmp_path / "run" / "metrics.csv").exists()
    assert capsys.readouterr().err.splitlines()[-1] == (
        "trickbench: error: train: no pixel is of class nucleus; found: 0 (ground) 50.0%, 255 (void) 50.0%: binary"
        " masks, whose foreground of 255 is ignored as void; say classes: {…: 0, nucleus: 255}."
        " Leave it out of classes, or name it in may_lack"
    )


def test_a_split_of_void_alone_is_refused_whatever_may_lack(tmp_path):
    root = masks(tmp_path, train=[[1, 2]], val=[[0, 0]])
    data = folder(root, void=0, may_lack=["ground", "nucleus"])
    with pytest.raises(
        ValueError, match=re.escape("or nucleus; found: 0 (void) 100.0%. Nothing can be learned or measured there")
    ):
        data.setup("fit")


def test_labels_that_count_from_1_are_named_as_the_masks_have_them(tmp_path):
    data = folder(masks(tmp_path, train=[[0, 1]], val=[[0, 1]]), void=0)
    with pytest.raises(
        ValueError, match=re.escape("train: no pixel is of class nucleus; found: 1 (ground) 50.0%, 0 (void) 50.0%.")
    ):
        data.setup("fit")


def test_camvid_names_its_classes(tmp_path):
    every = [list(range(11))]
    masks(tmp_path, train=every, val=[[*range(10), 11]])
    with pytest.raises(ValueError, match=r"val: no pixel is of class bicyclist; found: 0 \(sky\) 9.1%, .* 11 \(void\)"):
        CamVid(str(tmp_path), size=(1, 11)).setup("fit")
    CamVid(str(tmp_path), size=(1, 11), may_lack=["bicyclist"]).setup("fit")


def test_a_class_without_a_box_is_refused(tmp_path):
    root = coco_layout.make(tmp_path)
    with pytest.raises(ValueError, match=r"train: no box is of class bird; found: dog 50.0%, cat 50.0%\. Leave it out"):
        coco(root).setup("fit")
    coco(root, may_lack=["bird"]).setup("fit")
    coco(root, classes=["cat", "dog"]).setup("fit")
    for split in ("validate", "test", "predict"):
        coco(root).setup(split)  # nothing is trained


def test_a_validation_split_without_a_box_is_refused(tmp_path, capsys):
    root = voc_layout.make(tmp_path)
    voc_layout.list_images(root, "val", ["none"])
    data = voc(root, may_lack=["cat", "dog"])
    with pytest.raises(ValueError, match="val: no box is of class cat or dog; found: nothing"):
        data.setup("fit")
    layer = {"data": {"class_path": "VocBoxes", "init_args": {"root": str(root), "size": [32, 32], "batch_size": 2}}}
    assert train.main(fit(tmp_path / "run", detection(num_classes=2), layer)) == 2
    assert "error: val: no box is of class cat or dog; found: nothing" in capsys.readouterr().err.splitlines()[-1]


def test_no_image_is_read_to_count_boxes(tmp_path):
    root = voc_layout.make(tmp_path)
    for image in (root / "JPEGImages").iterdir():
        image.write_bytes(b"")
    voc(root).setup("fit")


def test_masks_are_read_until_every_class_was_seen(tmp_path):
    data = folder(masks(tmp_path, train=[[0, 1]] * 50, val=[[0, 1]]))
    data.setup("fit")
    assert len(data.dataset("train").kept) == 0
    assert len(data._sources["train"].kept) == 1  # and it need not be read again


def test_a_name_in_may_lack_must_be_of_a_class(tmp_path):
    data = folder(masks(tmp_path, train=[[0, 1]], val=[[0, 1]]), may_lack=["nuclei"])
    with pytest.raises(ValueError, match="may_lack must name classes, ground, nucleus; got nuclei"):
        data.setup("fit")


class Own(DenseData):
    """Whole images of two classes, from anywhere."""

    classes = ("cat", "dog")

    def dataset(self, split: Split) -> list[Sample]:
        return [{"image": torch.zeros(3, 8, 8, dtype=torch.uint8), "label": torch.tensor(0)}] * 2


def test_data_of_ones_own_are_checked_too():
    with pytest.raises(ValueError, match=r"train: no image is of class dog; found: cat 100\.0%"):
        Own().setup("fit")


def test_a_handful_of_composed_scenes_may_lack_a_class():
    Digits(image_size=32, scale=(8, 20), train_scenes=1, val_scenes=1).setup("fit")
    DigitClasses(train_images=1, val_images=1).setup("fit")
