"""Data that cannot be opened, in every layout: said in one line by `data check` and by what `ablate` reads first."""

import csv
import json
import re
import unicodedata
from pathlib import Path

import pytest

from experiments import cli
from tests.datamodules import made
from tests.experiments.commands.bad import DATA, LOSSY, begun, check, lossy, read_first
from tests.experiments.tiny import complaint

WIDTH = made.SIZE[1]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def away(root: Path) -> None:
    root.rename("dato")


def without_masks(root: Path) -> None:
    for k in (0, 1):
        (root / "train" / "masks" / f"{k}.png").unlink()


def empty(folder: str):
    def spoil(root: Path) -> None:
        for file in [each for each in (root / folder).rglob("*") if each.is_file()]:
            file.unlink()

    return spoil


def rewritten(name: str, change):
    def spoil(root: Path) -> None:
        for file in root.rglob(name):
            content = json.loads(file.read_text())
            change(content)
            file.write_text(json.dumps(content))

    return spoil


def no_images(content) -> None:
    content["images"] = content["annotations"] = []


def as_shares(content) -> None:
    for each in content["annotations"]:
        each["bbox"] = [side / WIDTH for side in each["bbox"]]


def as_corners(content) -> None:
    for each in content["annotations"]:
        each["bbox"] = [30, 20, 47, 39]


def of_strangers(content) -> None:
    for each in content["images"]:
        each["file_name"] = f"far/{each['file_name']}"


def lines_of_yolo(line: str):
    def spoil(root: Path) -> None:
        for file in root.rglob("labels/**/*.txt"):
            file.write_text(line)

    return spoil


def shares_in_xml(root: Path) -> None:
    for file in root.rglob("*.xml"):
        file.write_text(re.sub(r">(8|4|28|24)<", lambda number: f">{int(number[1]) / 48}<", file.read_text()))


def in_table(row: list[str], count: int = 10):
    def spoil(root: Path) -> None:
        with (root / "boxes.csv").open("w", newline="") as file:
            rows = [["filename", "xmin", "ymin", "xmax", "ymax", "class"]]
            csv.writer(file).writerows(rows + [[f"{k}.png", *row] for k in range(count)])

    return spoil


def of_two_forms(root: Path) -> None:
    for kind in ("images", "masks"):
        whole = root / "train" / kind / "0.png"
        for form in ("NFC", "NFD"):
            (root / "train" / kind / f"{unicodedata.normalize(form, 'é')}.png").write_bytes(whole.read_bytes())


SHARES = "boxes lie within 0 to 1, as shares of the image do; expected pixels"
CORNERS = (
    "boxes reach over the edge, and as corners all would fit; expected a width and a height as the last two numbers"
)
ABSENT = "but there is no file data/train/far/0.jpg (and 2 more)"
NEAREST = "no folder data (did you mean dato?)"
ROOTED = (made.usual, made.coco_of_roboflow, made.yolo, made.table, made.folders_of_classes)
REFUSED = [
    *((make, away, NEAREST) for make in ROOTED),
    (made.usual, empty("valid"), "no images in data/valid/masks; expected files ending in "),
    (made.usual, without_masks, "train/images/0.png has no mask, data/train/masks/0.* (and 1 more)"),
    (made.usual, of_two_forms, "have the same name; their labels cannot be told apart"),
    (made.coco_of_roboflow, rewritten("*.json", no_images), "lists no images; the split train needs at least one"),
    (made.coco_of_roboflow, rewritten("*.json", as_shares), SHARES),
    (made.coco_of_roboflow, rewritten("*.json", as_corners), CORNERS),
    (made.coco_of_roboflow, rewritten("*.json", of_strangers), ABSENT),
    (made.coco_outlines, rewritten("*.json", of_strangers), ABSENT),
    (made.coco_outlines, rewritten("val.json", no_images), "lists no images; the split val needs at least one"),
    (made.voc_without_lists, empty("images"), "no images in data/images; expected files ending in "),
    (made.voc_without_lists, shares_in_xml, SHARES),
    (made.yolo, empty("images/val"), "no images in data/images/val; expected files ending in "),
    (made.yolo, lines_of_yolo("0 20 20 10 10"), "line 1 must be shares of the image, from 0 to 1, got 20; pixels?"),
    (made.yolo, lines_of_yolo("1 .6 .5 .9 .9\n0 .7 .6 1 1"), CORNERS),
    (made.table, in_table(["8", "4", "28", "24", "fox"], 0), "lists no images; the split train needs at least one"),
    (made.table, in_table([".1", ".1", ".5", ".5", "fox"]), SHARES),
    (made.table, in_table(["8", "4", "28", "24", "fox"], 12), "no file data/photos/10.png (and 1 more)"),
    (made.folders_of_classes, empty("val"), "no images in the folders of data/val; expected one for each class"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "spoil", "message"), REFUSED)
def test_data_that_cannot_be_opened(here, capsys, make, spoil, message):
    spoil(begun(make))
    assert check() == 2
    assert message in complaint(capsys)
    with pytest.raises((ValueError, FileNotFoundError), match=re.escape(message)):
        read_first()


def test_ablate_says_it_in_one_line_and_leaves_no_trial(here, capsys):
    in_table([".1", ".1", ".5", ".5", "fox"])(begun(made.table))
    assert cli.main(["ablate", f"{DATA}.yaml", "--jobs", "1"]) == 2
    assert SHARES in complaint(capsys)
    assert not list(here.glob("runs/trials/*"))


@pytest.mark.parametrize(
    "make", [made.usual, made.coco_of_roboflow, made.coco_outlines, made.table, made.voc_without_lists]
)
def test_names_that_differ_in_unicode_form_are_the_same(here, capsys, make):
    """As a disk of macOS has them, beside what was written elsewhere."""
    root = begun(make)
    for file in [each for each in root.rglob("0.*") if each.parent.name != "masks" and each.suffix != ".xml"]:
        file.rename(file.with_name(f"{unicodedata.normalize('NFD', 'é')}{file.suffix}"))
    for file in [each for each in root.rglob("0.*") if each.parent.name == "masks" or each.suffix == ".xml"]:
        file.rename(file.with_name(f"é{file.suffix}"))
    for file in [*root.rglob("*.json"), *root.rglob("*.csv")]:
        text = file.read_text(encoding="utf-8").replace('"0.jpg"', '"é.jpg"').replace("\n0.png", "\né.png")
        file.write_text(text, encoding="utf-8")
    read_first()


def test_masks_that_lost_something_are_named_where_no_layout_fits(here, capsys):
    made.usual(Path(DATA))
    for mask in Path(DATA).rglob("masks/*.png"):
        lossy(mask)
    assert cli.main(["init", DATA]) == 2
    assert f"masks/0.jpg {LOSSY}" in complaint(capsys)
