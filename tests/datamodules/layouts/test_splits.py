"""Splits cut from the training data, by names and lists."""

import re
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datamodules import ImageMaskFolder, Splits

NAMES = [f"scene_{scene}_{shot}" for scene in range(10) for shot in range(4)]


def cut(splits: Splits, names: list[str] = NAMES, classes: list[int] | None = None) -> dict[str, list[str]]:
    def strata(left):
        return [(classes or [])[index] for index in left]

    found = {}
    for split in ("train", "val", "test"):
        if split == "train" or splits.is_cut(split):
            found[split] = [names[index] for index in splits.members(split, names, strata, list)]
    return found


def test_shares_are_cut_without_overlap_and_nothing_is_lost():
    parts = cut(Splits(val=0.25, test=0.1))
    assert {split: len(part) for split, part in parts.items()} == {"train": 26, "val": 10, "test": 4}
    assert sorted(chain(*parts.values())) == sorted(NAMES)


def test_a_group_stays_together():
    parts = cut(Splits(val=0.25, test=0.1, group=r"scene_(\d+)"))
    scenes = [{name.split("_")[1] for name in part} for part in parts.values()]
    assert sum(map(len, scenes)) == len(set().union(*scenes)) == 10
    assert [len(part) for part in parts.values()] == [24, 12, 4]


def test_a_cut_does_not_hang_on_the_seed_and_an_added_image_moves_few(monkeypatch):
    before = cut(Splits(val=0.25))["val"]
    monkeypatch.setenv("PL_GLOBAL_SEED", "7")
    assert cut(Splits(val=0.25))["val"] == before
    after = cut(Splits(val=0.25), [*NAMES, "another"])["val"]
    assert len(set(before) ^ set(after)) <= 2


def test_folds_part_the_data_and_a_seed_carries_its_own(monkeypatch):
    parts = [cut(Splits(folds=5, fold=fold))["val"] for fold in range(5)]
    assert sorted(chain(*parts)) == sorted(NAMES)
    assert {len(part) for part in parts} == {8}
    monkeypatch.setenv("PL_GLOBAL_SEED", "13")
    assert cut(Splits(folds=5))["val"] == parts[3]


def test_test_data_are_the_same_for_every_fold():
    tests = [cut(Splits(folds=3, fold=fold, test=0.2))["test"] for fold in range(3)]
    assert tests[0] == tests[1] == tests[2]


def test_stratified_parts_hold_every_class():
    classes = [int(index % 8 == 0) for index in range(40)]
    for fold in range(5):
        val = cut(Splits(folds=5, fold=fold, stratify=True), classes=classes)["val"]
        assert sum(classes[NAMES.index(name)] for name in val) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"val": 0.0}, "splits: val must be a name, or a share of the training data between 0 and 1, got 0.0"),
        ({"val": 0.6, "test": 0.4}, "splits: val and test must leave something to train on, got 0.6 and 0.4"),
        ({"fold": 1}, "fold needs folds, the number of parts, got fold: 1 alone"),
        ({"folds": 1}, "folds must be at least 2 and at most 1000, got 1"),
        ({"folds": 3, "fold": 3}, "fold must be at least 0 and below folds, 3, got 3"),
        ({"folds": 3, "val": 0.2}, "folds cut the validation data off, so that val must not be given, got 0.2"),
        ({"group": "a(b)"}, "group, burst and stratify are about cutting; give folds, or a share such as val: 0.2"),
        ({"burst": 5.0}, "group, burst and stratify are about cutting; give folds, or a share such as val: 0.2"),
        ({"val": 0.2, "burst": 0.0}, "burst must be above 0, in seconds, got 0.0"),
        ({"val": 0.2, "burst": 5.0, "group": "(a)"}, "what stays together; give one, got '(a)' and 5.0"),
        ({"val": 0.2, "group": "("}, "group must be a regular expression, got '(': "),
        ({"val": 0.2, "group": "a"}, r"group must hold one group in brackets, such as scene_(\d+), got 'a'"),
    ],
)
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Splits(**arguments)


@pytest.mark.parametrize(
    ("splits", "names", "message"),
    [
        (Splits(val=0.2), ["a"], "splits: 1 image or group cannot be cut in two"),
        (Splits(folds=3, fold=0), ["a", "b"], "splits: 2 images or groups cannot be cut into 3 parts"),
        (Splits(val=0.2, group=r"(\d)"), ["a"], r"group '(\\d)' finds nothing in the name 'a'"),
    ],
)
def test_too_few_to_cut(splits, names, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        cut(splits, names)


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """Ten photos with masks of 0 and 255 beside them, and three of them in a list."""
    for k in range(10):
        Image.new("RGB", (8, 6)).save(tmp_path / f"{k}.jpg")
        Image.fromarray(np.tile(np.uint8([0, 255]), (6, 4))).save(tmp_path / f"{k}_mask.png")
    (tmp_path / "held_out.txt").write_text("3.jpg\n4\n/somewhere/5.jpg 5_mask.png\n")
    return tmp_path


def folder(root: Path, **arguments) -> ImageMaskFolder:
    kept = {"images": "{name}.jpg", "masks": "{name}_mask.png", "classes": {"ground": 0, "leaf": 255}, "size": (6, 8)}
    return ImageMaskFolder(str(root), **{**kept, **arguments})


def test_photos_and_masks_in_one_folder_are_told_apart_and_cut(flat):
    data = folder(flat, splits=Splits(val=0.2, test=0.2))
    data.setup("fit")
    assert [len(data.dataset(split)) for split in ("train", "val", "test")] == [6, 2, 2]
    assert data.dataset("val")[0]["mask"].unique().tolist() == [0, 1]


def photo(path: Path, said: str) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = said
    Image.new("RGB", (8, 6)).save(path, exif=exif)


@pytest.mark.parametrize("cut", [{"val": 0.3}, {"folds": 3, "fold": 0}])
def test_photos_of_a_burst_stay_together(flat, cut):
    """Five bursts of two, of which the second follows the first by nine seconds, and the others by minutes."""
    for k in range(10):
        photo(flat / f"{k}.jpg", f"2024:05:01 10:{k % 5:02}:{9 * (k // 5):02}")
    data = folder(flat, splits=Splits(burst=10, **cut))
    parts = [{int(image.stem) % 5 for image, _ in data.pairs(split)} for split in ("train", "val")]
    assert sum(map(len, parts)) == len(parts[0] | parts[1]) == 5
    apart = folder(flat, splits=Splits(folds=10, fold=0, burst=8))
    assert len(apart.pairs("val")) == 1, "nine seconds are more than eight"
    with pytest.raises(ValueError, match="5 images or groups cannot be cut into 10 parts"):
        folder(flat, splits=Splits(folds=10, fold=0, burst=10)).pairs("val")


def test_where_no_photo_says_when_it_was_taken_a_burst_has_nothing_to_go_by(flat):
    with pytest.raises(ValueError, match="burst goes by the times in EXIF data of photos; of 10 images none has one"):
        folder(flat, splits=Splits(val=0.2, burst=10)).pairs("train")


def test_images_of_any_kind_beside_their_masks(flat):
    assert len(folder(flat, images="{name}", splits=Splits(val=0.2)).pairs("train")) == 8


def test_a_list_names_its_images(flat):
    data = folder(flat, splits=Splits(val="held_out.txt"))
    assert [image.name for image, _ in data.pairs("val")] == ["3.jpg", "4.jpg", "5.jpg"]


def test_a_list_may_hold_spaces_folders_and_more_than_names(flat):
    (flat / "3.jpg").rename(flat / "3 of 4.jpg")
    (flat / "3_mask.png").rename(flat / "3 of 4_mask.png")
    (flat / "some.txt").write_text("3 of 4.jpg\nphotos/4.jpg photos/4_mask.png\n5 -1\n")
    data = folder(flat, splits=Splits(val="some.txt"))
    assert [image.name for image, _ in data.pairs("val")] == ["3 of 4.jpg", "4.jpg", "5.jpg"]


def test_a_split_without_a_place_of_its_own(flat):
    with pytest.raises(FileNotFoundError, match=re.escape("no val data: '{name}_mask.png' has no {split}; let splits")):
        folder(flat).setup("fit")


def test_images_of_a_folder_stay_together(tmp_path):
    for k in range(12):
        for kind in ("images", "masks"):
            place = tmp_path / kind / f"walk{k % 4}" / f"{k}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (8, 6), 255).save(place)
    usual = {kind: f"{kind}/*/{{name}}" for kind in ("images", "masks")}
    data = folder(tmp_path, **usual, splits=Splits(val=0.25, group="([^/]+)/[^/]+$"))
    walks = [{image.parent.name for image, _ in data.pairs(split)} for split in ("train", "val")]
    assert list(map(len, walks)) == [3, 1]
    assert not walks[0] & walks[1]


def test_a_list_finds_images_in_the_folders_of_all_splits(tmp_path):
    for split, name in (("a", "1"), ("a", "2"), ("b", "1"), ("b", "3")):
        for kind in ("images", "masks"):
            (tmp_path / split / kind).mkdir(parents=True, exist_ok=True)
            Image.new("L", (8, 6), 255 * (split == "b")).save(tmp_path / split / kind / f"{name}.png")
    lists = {"train": "a/images/1.png\nb/3.png", "val": "2\nb/images/1.png", "test": "3\n1.png"}
    for split, text in lists.items():
        (tmp_path / f"{split}.txt").write_text(text)
    usual = {kind: f"{{split}}/{kind}/{{name}}" for kind in ("images", "masks")}
    data = folder(tmp_path, **usual, splits=Splits(*(f"{split}.txt" for split in lists)))
    assert [[str(each.relative_to(tmp_path)) for each in pair] for pair in data.pairs("val")] == [
        ["a/images/2.png", "a/masks/2.png"],
        ["b/images/1.png", "b/masks/1.png"],
    ]
    assert [mask.parts[-3:] for _, mask in data.pairs("train")] == [("a", "masks", "1.png"), ("b", "masks", "3.png")]
    with pytest.raises(ValueError, match=r"test.txt names 1.png, which may be a/1 or b/1; write paths"):
        data.pairs("test")


@pytest.mark.parametrize(
    ("splits", "error", "message"),
    [
        (Splits(val="none.txt"), FileNotFoundError, r"no file .*none.txt; expected an image name a line"),
        (Splits(val="wrong.txt"), FileNotFoundError, r"wrong.txt names 99, and there is no such image"),
        (Splits(val="empty.txt"), ValueError, r"empty.txt lists no images; expected an image name a line"),
    ],
)
def test_lists_that_lead_nowhere(flat, splits, error, message):
    (flat / "wrong.txt").write_text("99.jpg")
    (flat / "empty.txt").write_text("\n")
    with pytest.raises(error, match=message):
        folder(flat, splits=splits).pairs("val")


@pytest.mark.parametrize("pattern", ["images", "{name}/{name}", "/data/{name}", "../{name}", "{split}/{other}/{name}"])
def test_patterns_that_cannot_be(flat, pattern):
    with pytest.raises(ValueError, match=r"images must be a path below root with \{name\} once, .* got "):
        folder(flat, images=pattern)


def test_folders_within_folders_and_names_in_another_form_of_unicode(tmp_path):
    for name, other in (("caf\u00e9", "cafe\u0301"), ("b", "b")):
        place = tmp_path / "leftImg8bit" / "train" / "aachen" / f"{name}_leftImg8bit.png"
        mask = tmp_path / "gtFine" / "train" / "aachen" / f"{other}_gtFine_labelIds.png"
        for path, mode in ((place, "RGB"), (mask, "L")):
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new(mode, (8, 6)).save(path)
    data = folder(
        tmp_path,
        images="leftImg8bit/{split}/**/{name}_leftImg8bit.png",
        masks="gtFine/{split}/**/{name}_gtFine_labelIds.png",
    )
    assert len(data.pairs("train")) == 2
