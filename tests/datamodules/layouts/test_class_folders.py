"""Images in a folder for each class."""

import re
from pathlib import Path

import pytest
from PIL import Image

from datamodules import ClassFolders, Splits
from experiments.trial import train
from tests.datamodules import made
from tests.experiments.tiny import BASELINE, fit

SIZE = (20, 24)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made.folders_of_classes(tmp_path)
    return tmp_path


def data(root: Path, **given) -> ClassFolders:
    return ClassFolders(str(root), SIZE, **given)


def test_a_folder_is_a_class(root):
    found = data(root, batch_size=2)
    assert found.classes == ("cat", "dog")
    batch = next(iter(found.val_dataloader()))
    assert (batch["image"].shape, batch["label"].tolist()) == ((2, 3, *SIZE), [0, 0])
    assert found.names("val")[-1] == "dog/2.jpg"
    assert [int(each["label"]) for each in found.truth("val")] == [0, 0, 0, 1, 1, 1]


def test_hidden_files_are_left_out_and_folders_inside_searched(root):
    (root / "val" / ".cache").mkdir()
    (root / "val" / "cat" / "._0.jpg").write_bytes(b"no image")
    made.photo(root / "val" / "cat" / "indoors" / "7.png")
    assert len(data(root).dataset("val")) == 7


def test_splits_are_cut_by_class_or_listed(tmp_path):
    made.classes_in_no_splits(tmp_path)
    cut = data(tmp_path, folders="", splits=Splits(val=0.5, stratify=True))
    assert sorted(int(each["label"]) for each in cut.truth("val")) == [0, 0, 0, 1, 1, 1]
    (tmp_path / "held_out.txt").write_text("elm/0.jpg\noak/5.jpg\n")
    listed = data(tmp_path, folders="", splits=Splits(val="held_out.txt"))
    assert listed.names("val") == ["elm/0.jpg", "oak/5.jpg"]


def test_given_classes_choose(root):
    assert [int(each["label"]) for each in data(root, classes=["dog", "cat"]).truth("val")] == [0, 0, 0, 1, 1, 1]
    made.photo(root / "train" / "emu" / "0.jpg")
    assert len(data(root, classes=["dog", "cat"]).dataset("train")) == 6


@pytest.mark.parametrize(
    ("rename", "error", "message"),
    [
        (("val/cat", "val/emu"), ValueError, "val/emu is of no class of the training data: cat, dog"),
        (("val", "vall"), FileNotFoundError, "val (did you mean {root}/vall?); expected a folder for each class"),
        (("val/dog", "dogs"), ValueError, "val: no image is of class dog; found: cat 100.0%"),
    ],
)
def test_what_is_missing_or_unknown_is_named(root, rename, error, message):
    (root / rename[0]).rename(root / rename[1])
    with pytest.raises(error, match=re.escape(message.format(root=root))):
        data(root).setup("fit")


def test_folders_without_images(root):
    for image in root.rglob("val/*/*"):
        image.unlink()
    with pytest.raises(FileNotFoundError, match=r"no images in the folders of .*val; expected one for each class"):
        data(root).setup("fit")


@pytest.mark.parametrize("classes", [["cat"], ["cat", "cat"], []])
def test_classes_are_two_or_more(root, classes):
    with pytest.raises(ValueError, match="classes must be 2 to 254 different names"):
        data(root, classes=classes)


def test_one_folder_tells_nothing_apart(root):
    for split in ("train", "val"):
        (root / split / "dog").rename(root / f"{split}_dogs")
    with pytest.raises(ValueError, match=r"train must hold a folder for each of 2 to 254 classes, got 1"):
        data(root).setup("fit")


@pytest.mark.parametrize(("mode", "suffix"), [("CMYK", "jpg"), ("I;16", "png"), ("L", "png"), ("RGBA", "png")])
def test_images_of_any_kind_and_of_one_pixel(root, mode, suffix):
    for image in root.rglob("*.jpg"):
        Image.new(mode, (1, 1)).save(image.with_suffix(f".{suffix}"))
        if suffix != "jpg":
            image.unlink()
    assert data(root).dataset("val")[0]["image"].shape == (3, *SIZE)


def test_a_truncated_image_ends_a_training_in_one_line(root, capsys):
    for image in root.rglob("train/*/*.jpg"):
        image.write_bytes(image.read_bytes()[:200])
    layer = {"class_path": "ClassFolders", "init_args": {"root": str(root), "size": [32, 32], "batch_size": 2}}
    kept = {name: BASELINE["model"]["init_args"][name] for name in ("backbone", "loss", "optimizer", "schedule")}
    classifier = {"model": {"class_path": "Classification", "init_args": {**kept, "num_classes": 2}}}
    assert train.main(fit(root / "run", classifier, {"data": layer})) == 2
    assert "cannot read " in capsys.readouterr().err.splitlines()[-1]
