"""Files in the layout of COCO that are not as they should be."""

import re
from pathlib import Path

import pytest

from tests.datamodules.coco_layout import coco, document, make, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make(tmp_path)


BROKEN = {
    "a list missing": (lambda c: c.pop("images"), "images must be a list, got None"),
    "no list": (lambda c: c.update(annotations={"id": 1}), "annotations must be a list, got {'id': 1}"),
    "no mapping": (lambda c: c["annotations"].append(7), "annotations[2] must be a mapping, got 7"),
    "an id missing": (lambda c: c["images"][1].pop("id"), "images[1] has no id"),
    "an id of another kind": (
        lambda c: c["images"][1].update(id=[1]),
        "images[1] of id [1]: id must be a number or text",
    ),
    "a size missing": (lambda c: c["images"][0].pop("width"), "images[0] of id 20 has no width"),
    "a size of null": (
        lambda c: c["images"][0].update(height=None),
        "images[0] of id 20: height must be a number, got None",
    ),
    "a size of text": (
        lambda c: c["images"][0].update(height="6"),
        "images[0] of id 20: height must be a number, got '6'",
    ),
    "no file": (
        lambda c: c["images"][0].update(file_name=None),
        "images[0] of id 20: file_name must be text, got None",
    ),
    "a box of three": (
        lambda c: c["annotations"][1]["bbox"].pop(),
        "annotations[1] of id 2: bbox must be four numbers, x, y, width and height, got [5, 2, 3]",
    ),
    "a box of words": (
        lambda c: c["annotations"][0].update(bbox=[1, 2, 3, "four"]),
        "annotations[0] of id 1: bbox must be four numbers, x, y, width and height, got [1, 2, 3, 'four']",
    ),
    "a box of text": (
        lambda c: c["annotations"][0].update(bbox=""),
        "annotations[0] of id 1: bbox must be four numbers, x, y, width and height, got ''",
    ),
    "a negative area": (
        lambda c: c["annotations"][0].update(area=-3),
        "annotations[0] of id 1: area must be a number from 0 on, got -3",
    ),
    "an area of text": (
        lambda c: c["annotations"][0].update(area="20"),
        "annotations[0] of id 1: area must be a number from 0 on, got '20'",
    ),
    "an unknown category": (
        lambda c: c["annotations"][1].update(category_id=5),
        "annotations[1] of id 2 has the category_id 5, which nothing describes",
    ),
    "an unknown image": (
        lambda c: c["annotations"][1].update(image_id="20"),
        "annotations[1] of id 2 has the image_id '20', which nothing describes",
    ),
    "a nameless category": (lambda c: c["categories"][1].pop("name"), "categories[1] of id 3 has no name"),
    "an empty name": (lambda c: c["categories"][1].update(name=""), "categories[1] of id 3: name must be text, got ''"),
    "two of one name": (
        lambda c: c["categories"][0].update(name="dog"),
        "two categories are named 'dog', the second has id 7",
    ),
    "two of one id": (lambda c: c["categories"][2].update(id=3), "two categories have the id 3"),
    "two images of one id": (lambda c: c["images"][1].update(id=20), "two images have the id 20"),
}


@pytest.mark.parametrize(("spoil", "message"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_contradicts_itself(root, spoil, message):
    content = document()
    spoil(content)
    write(root, "val", content)
    with pytest.raises(ValueError, match=rf"^cannot read .*val/boxes.json: {re.escape(message)}"):
        coco(root).setup("fit")


@pytest.mark.parametrize("length", [0, 100])
def test_a_file_cut_off(root, length):
    file = root / "train" / "boxes.json"
    file.write_text(file.read_text()[:length])
    with pytest.raises(ValueError, match=r"cannot read .*train/boxes.json: .*line 1 column"):
        coco(root).setup("fit")


@pytest.mark.parametrize("content", [[1, 2], None, "boxes"])
def test_a_file_of_something_else(root, content):
    write(root, "val", content)
    message = rf"cannot read .*val/boxes.json: it must be a mapping with .*, got {re.escape(repr(content))}$"
    with pytest.raises(ValueError, match=message):
        coco(root).setup("fit")


def test_ids_may_be_text(root):
    """As some tools write them; numbers come first."""
    content = document()
    content["categories"][1]["id"] = content["annotations"][1]["category_id"] = "3"
    write(root, "train", content)
    assert coco(root).box_classes == ("cat", "bird", "dog")


@pytest.mark.parametrize(
    ("kind", "key", "value", "message"),
    [
        ("annotations", "bbox", [0, 1, 10**400, 5], "int too large to convert to float"),
        ("images", "file_name", 5000 * "a", "File name too long"),
    ],
)
def test_what_lies_beyond_all_bounds(root, kind, key, value, message):
    content = document()
    content[kind][0][key] = value
    write(root, "train", content)
    with pytest.raises(ValueError, match=rf"cannot read .*{message}"):
        coco(root, classes=["cat", "dog"]).setup("fit")


def test_lists_within_lists_without_end(root):
    (root / "train" / "boxes.json").write_text(100_000 * "[")
    with pytest.raises(ValueError, match=r"cannot read .*recursion"):
        coco(root).setup("fit")


def test_no_annotations(root):
    (root / "test" / "boxes.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"no file .*test/boxes.json; expected the layout <root>/{train"):
        coco(root).setup("test")


def test_an_image_missing(root):
    (root / "val" / "images" / "a.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"val/boxes.json names a.png, but there is no file .*images/a.png$"):
        coco(root).setup("fit")


def test_an_image_of_another_size(root):
    content = document()
    content["images"][0]["height"] = 8
    write(root, "val", content)
    with pytest.raises(ValueError, match=r"images/a.png is of 8×6, but .*val/boxes.json says 8×8$"):
        coco(root).dataset("val")[0]


def test_an_empty_split(root):
    write(root, "val", {**document(), "images": [], "annotations": []})
    with pytest.raises(ValueError, match=r"val/boxes.json lists no images; the split val needs at least one"):
        coco(root).setup("fit")


def test_no_categories(root):
    write(root, "train", {**document(), "categories": [], "annotations": []})
    with pytest.raises(ValueError, match=r"train/boxes.json leads to no class; name them with classes"):
        coco(root).setup("fit")
