"""What masks hold for each class: numbers and colours."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datamodules.layouts.labels import Labels
from datamodules.transforms.bare import IGNORE

COLOURS = {"road": "#804080", "sky": ["#4682b4", "#00f"]}


def mask(path: Path, *values, mode: str = "L") -> Path:
    Image.fromarray(np.array([values], np.uint8), mode).save(path)
    return path


def test_binary_masks_of_0_and_255(tmp_path):
    path = mask(tmp_path / "a.png", 0, 255, 255)
    assert Labels({"ground": 0, "nucleus": 255}, 255).read(path).tolist() == [[0, 1, 1]]


def test_several_numbers_for_one_class_and_for_void(tmp_path):
    path = mask(tmp_path / "a.png", 7, 8, 23, 0, 255)
    labels = Labels({"road": [7, 8], "sky": 23}, [0, 255])
    assert labels.read(path).tolist() == [[0, 0, 1, IGNORE, IGNORE]]


def test_colours_stand_for_labels_and_a_palette_counts_by_its_colours(tmp_path):
    pixels = np.array([[(128, 64, 128), (70, 130, 180), (0, 0, 255), (0, 0, 0)]], np.uint8)
    labels = Labels(COLOURS, "black")
    Image.fromarray(pixels).save(tmp_path / "a.png")
    Image.fromarray(pixels).quantize(8).save(tmp_path / "b.png")
    for name in ("a.png", "b.png"):
        assert labels.read(tmp_path / name).tolist() == [[0, 1, 1, IGNORE]]
    assert labels.colours == ((128, 64, 128), (70, 130, 180))


def test_a_colour_that_is_not_in_the_table_is_named_with_its_count(tmp_path):
    pixels = np.array([[(128, 64, 128), (1, 2, 3), (1, 2, 3), (9, 9, 9)]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    message = r"a.png holds the colour #010203 at 2 pixels, and 1 more; classes and void name none such"
    with pytest.raises(ValueError, match=message):
        Labels(COLOURS, 255).read(tmp_path / "a.png")


def test_a_number_that_is_not_in_the_table(tmp_path):
    with pytest.raises(ValueError, match=r"a.png holds the number 4 at 1 pixels; classes and void name none such"):
        Labels({"ground": 0, "leaf": 255}, 255).read(mask(tmp_path / "a.png", 0, 4))


def test_colours_that_a_lossy_compression_has_changed_are_refused(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg")
    with pytest.raises(ValueError, match=r"a.jpg is compressed as jpeg, which may change labels; save masks as PNG"):
        Labels(COLOURS, 255).read(tmp_path / "a.jpg")


@pytest.mark.parametrize(
    ("classes", "void", "message"),
    [
        ({"a": 1, "b": 1}, 255, "classes and void must differ in what masks hold, got 1 for b and for another"),
        ({"a": 0, "b": 1}, 1, "classes and void must differ in what masks hold, got 1 for void and for another"),
        ({"a": 0, "b": "#fff"}, 255, "classes and void must be all numbers or all colours, got '#fff' among others"),
        ({"a": "#fff", "b": "#ffg"}, 255, "a colour must be written as '#rrggbb', got '#ffg'"),
        ({"a": []}, 255, "a class must have a number or a colour in masks, or a list of them, got []"),
        ({}, 255, "classes must name 1 to 254 labels, got 0"),
    ],
)
def test_tables_that_contradict_themselves(classes, void, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Labels(classes, void)
