"""Files in the layout of PASCAL VOC that are not as they should be, and arguments that are not."""

from pathlib import Path

import pytest

from tests.datamodules.voc_layout import OBJECT, SIZE, annotate, list_images, make, voc


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make(tmp_path)


BROKEN = {
    "cut off": ("<annotation><size><width>8", "cannot read .*Annotations/a.xml: no element found"),
    "empty": ("", "cannot read .*Annotations/a.xml: no element found"),
    "no size": ("<annotation/>", "cannot read .*Annotations/a.xml: <annotation> has no size/height"),
    "another encoding": ('<?xml version="1.0" encoding="klingon"?><annotation/>', "a.xml: unknown encoding"),
    "no size in pixels": (
        f"<annotation>{SIZE.replace('8', 'wide')}</annotation>",
        "a.xml: size/width must be a whole number, got 'wide'",
    ),
    "no left edge": (
        f"<annotation>{SIZE}{OBJECT.format('dog', '', 1, 2, 3)}</annotation>",
        r"a.xml: object\[0\], line 1: <object> has no bndbox/xmin",
    ),
    "no name": (
        f"<annotation>{SIZE}{OBJECT.format('', 1, 1, 2, 3)}</annotation>",
        r"a.xml: object\[0\], line 1: <object> has no name",
    ),
    "no number": (
        f"<annotation>{SIZE}{OBJECT.format('dog', 1, 1, 2, 3)}{OBJECT.format('dog', 'one', 1, 2, 3)}</annotation>",
        r"a.xml: object\[1\], line 1: bndbox/xmin must be a number, got 'one'",
    ),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_annotation(root, content, message):
    (root / "Annotations" / "a.xml").write_text(content)
    with pytest.raises(ValueError, match=message):
        voc(root).setup("fit")


@pytest.mark.parametrize("file", ["Annotations/a.xml", "ImageSets/Main/train.txt"])
def test_a_file_of_bytes(root, file):
    (root / file).write_bytes(bytes(range(256)))
    with pytest.raises(ValueError, match=rf"^cannot read .*{file}: "):
        voc(root).setup("fit")


def test_the_list_names_a_missing_file(root):
    (root / "Annotations" / "a.xml").unlink()
    with pytest.raises(FileNotFoundError, match=r"Main/train.txt names a, but there is no file .*Annotations/a.xml$"):
        voc(root).setup("fit")


def test_an_annotation_without_an_image(root):
    (root / "JPEGImages" / "a.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"Annotations/a.xml has no image, .*JPEGImages/a\.\*$"):
        voc(root).setup("fit")


def test_an_empty_split(root):
    list_images(root, "val", [])
    with pytest.raises(ValueError, match=r"Main/val.txt lists no images; the split val needs at least one"):
        voc(root).setup("fit")


def test_no_list(root):
    (root / "ImageSets" / "Main" / "test.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"no file .*Main/test.txt; expected the layout <root>/{ImageSets"):
        voc(root).setup("test")


def test_no_object_to_take_classes_from(root):
    list_images(root, "train", ["none"])
    with pytest.raises(ValueError, match=r"Main/train.txt leads to no class; name them with classes"):
        voc(root).setup("fit")


def test_an_image_of_another_size(root):
    annotate(root, "a", [], "<size><width>9</width><height>6</height></size>")
    with pytest.raises(ValueError, match=r"JPEGImages/a.jpg is of 8×6, but .*Annotations/a.xml says 9×6$"):
        voc(root, classes=["dog"]).dataset("val")[0]


def test_an_image_cut_off(root):
    path = root / "JPEGImages" / "a.jpg"
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(ValueError, match=r"cannot read .*JPEGImages/a.jpg: "):
        voc(root).dataset("val")[0]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"size": (0, 4)}, r"size must be a positive height and width, at most 16384, got \(0, 4\)"),
        ({"size": (32, 10**7)}, r"size must be a positive height and width, at most 16384, got \(32, 10000000\)"),
        ({"classes": []}, r"classes must be one or more different names, got \[\]"),
        ({"classes": ["a", "a"]}, r"classes must be one or more different names, got \['a', 'a'\]"),
        ({"on_bad_box": "skip"}, "on_bad_box must be drop or error, got 'skip'"),
        ({"random_scale": (2.0, 0.5)}, r"random_scale must be positive and ascending, at most 16, got \(2.0, 0.5\)"),
        ({"random_scale": (0.5, float("inf"))}, r"random_scale must be .* at most 16, got \(0.5, inf\)"),
        ({"flip": 2.0}, "flip must be a probability, got 2.0"),
        ({"origin": 2}, "origin must be 0 or 1, got 2"),
    ],
)
def test_arguments_out_of_range(root, argument, message):
    with pytest.raises(ValueError, match=message):
        voc(root, **argument)
