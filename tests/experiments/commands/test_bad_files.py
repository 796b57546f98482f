"""Files that cannot be read, in every layout: each is named, counted, and refused before the first trial."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from experiments.errors import UserError
from tests.datamodules import made
from tests.experiments.commands.bad import LOSSY, begun, check, lossy, read_first

HEIGHT, WIDTH = made.SIZE


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def turned(file: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    with Image.open(file) as image:
        image.save(file, exif=exif)


def of_one_pixel(file: Path) -> None:
    Image.new("RGB", (1, 1)).save(file)


def of_another_size(file: Path) -> None:
    with Image.open(file) as mask:
        mask.resize((10, 12), Image.Resampling.NEAREST).save(file)


def floats(file: Path) -> None:
    with Image.open(file) as mask:
        floated = mask.convert("L").convert("F")
    file.unlink()
    floated.save(file.with_suffix(".tif"))


def of_16_bits(file: Path) -> None:
    with Image.open(file) as image:
        grey = np.array(image.convert("L")).astype(np.uint16)
    is_photo = file.parent.name in ("images", "photos")  # a mask's labels stay
    Image.fromarray(grey * 257 if is_photo else grey).save(file)


def of_inks(file: Path) -> None:
    with Image.open(file) as image:
        inks = image.convert("CMYK")
    file.unlink()
    inks.save(file.with_suffix(".tif"))


def of_a_colour(file: Path) -> None:
    Image.new("RGB", (WIDTH, HEIGHT), "#123456").save(file)


def of_a_number(file: Path) -> None:
    Image.new("L", (WIDTH, HEIGHT), 77).save(file)


LIES = r"must be as large as its image, \(48, 40\).* as its EXIF orientation turns it"
SMALLER = r"must be as large as its image, \(40, 48\), got \(12, 10\)"
A_PIXEL = r"must be as large as its image, \(1, 1\)"
INKS = r"must hold whole numbers or a palette, got Pillow's mode CMYK"
FLOATS = r"must hold whole numbers or a palette, got Pillow's mode F"
OTHER_NUMBER = r"holds label 77; expected 0 to 2, or 255 for void"
# Layout → a file, what is wrong with it, and what is said of it: nothing where that can be read.
BROKEN = {
    made.usual: [
        ("train/images/0.png", cut_off, "cannot read .*train/images/0.png"),
        ("train/images/1.png", turned, LIES),
        ("train/images/2.png", of_one_pixel, A_PIXEL),
        ("valid/masks/0.png", of_another_size, SMALLER),
        ("valid/masks/1.png", lossy, LOSSY),
        ("valid/masks/2.png", of_a_number, OTHER_NUMBER),
        ("valid/images/2.png", of_16_bits, None),
        ("train/masks/0.png", of_16_bits, None),
    ],
    made.colours_beside: [
        ("train/0.png", cut_off, "cannot read .*train/0.png"),
        ("val_labels/0_L.png", of_a_colour, "holds the colour #123456 at 1920 pixels; classes and void name none such"),
        ("val_labels/1_L.png", lossy, LOSSY),
        ("val_labels/2_L.png", floats, "must hold colours of 8 bits or a palette, got Pillow's mode F"),
        ("test_labels/3_L.png", of_another_size, SMALLER),
        ("test_labels/2_L.png", of_inks, "must hold colours of 8 bits or a palette, got Pillow's mode CMYK"),
    ],
    made.prefixes: [
        ("images/image_0.jpg", cut_off, "cannot read"),
        ("labels/mask_1.tif", floats, FLOATS),
        ("labels/mask_2.tif", cut_off, "cannot read"),
        ("labels/mask_3.tif", of_inks, INKS),
        ("labels/mask_4.tif", of_16_bits, None),
        ("images/image_5.jpg", of_inks, None),
    ],
    made.numbers_of_objects: [
        ("PNGImages/Ped00.png", cut_off, "cannot read"),
        ("PNGImages/Ped01.png", turned, LIES),
        ("PedMasks/Ped02_mask.png", lossy, LOSSY),
        ("PedMasks/Ped03_mask.png", of_another_size, SMALLER),
    ],
    made.folder_of_masks: [
        ("stage1_train/id00/images/id00.png", of_one_pixel, A_PIXEL),
        ("stage1_train/id01/masks/100.png", of_another_size, r"must be as large as 100.png, \(12, 10\)"),
        ("stage1_train/id02/masks/201.png", cut_off, "cannot read .*201.png"),
    ],
    made.coco_of_roboflow: [
        ("train/0.jpg", cut_off, "cannot read .*train/0.jpg"),
        ("train/1.jpg", turned, "is of 40×48, but .* says 48×40 .boxes must refer to the image as its EXIF"),
        ("valid/2.jpg", of_one_pixel, "is of 1×1, but .*valid/_annotations.coco.json says 48×40"),
    ],
    made.coco_outlines: [
        ("train/0.jpg", cut_off, "cannot read .*train/0.jpg"),
        ("train/1.jpg", turned, LIES),
        ("val/2.jpg", of_one_pixel, A_PIXEL),
    ],
    made.voc_without_lists: [
        ("images/0.png", cut_off, "cannot read .*images/0.png"),
        ("images/1.jpg", turned, "is of 40×48, but .*annotations/1.xml says 48×40"),
        ("images/2.png", of_one_pixel, "is of 1×1, but .*2.xml says 48×40"),
    ],
    made.yolo: [
        ("images/train/0.jpg", cut_off, "cannot read"),
        ("images/train/1.jpg", turned, None),
        ("images/val/2.jpg", of_inks, None),
    ],
    made.yolo_outlines: [("train/images/0.jpg", cut_off, "cannot read"), ("train/images/1.jpg", turned, None)],
    made.table: [
        ("photos/0.png", cut_off, "cannot read"),
        ("photos/1.png", turned, None),
        ("photos/2.png", of_16_bits, None),
    ],
    made.folders_of_classes: [
        ("train/cat/0.jpg", cut_off, "cannot read"),
        ("train/cat/1.jpg", turned, None),
        ("train/dog/0.jpg", of_one_pixel, None),
    ],
}


@pytest.mark.parametrize("make", BROKEN, ids=lambda make: make.__name__)
def test_files_that_cannot_be_read(here, capsys, make):
    root = begun(make)
    for file, spoil, _ in BROKEN[make]:
        spoil(root / file)
    capsys.readouterr()
    assert check("--json", "found.json") == 1
    said = json.loads(Path("found.json").read_text())
    unread = [reason for split in said["unread"].values() for reason in split.values()]
    expected = [message for _, _, message in BROKEN[make] if message]
    assert len(unread) == len(expected)
    for message in expected:
        assert [reason for reason in unread if re.search(message, reason)], (message, unread)
    counted = re.findall(r"✗ \w+: (\d+) of \d+ images cannot be read", capsys.readouterr().out)
    assert sum(map(int, counted)) == len(expected)
    with pytest.raises(UserError, match=r"\d of \d+ (train|val) images cannot be read: .* Mend them, or take them out"):
        read_first()
