"""Annotations that cannot be read, through the real door: one line, exit code 2, no traceback."""

import json

import pytest

from experiments.trial import train
from tests.datamodules import coco_layout, voc_layout
from tests.experiments.tiny import detection, fit


def complaint(folder, name, root, capsys):
    layer = {"data": {"class_path": name, "init_args": {"root": str(root), "size": [32, 32], "batch_size": 2}}}
    assert train.main(fit(folder / "run", detection(num_classes=3), layer)) == 2
    assert not (folder / "run" / "metrics.csv").exists()
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<annotation><size><width>8", "no element found: line 1, column 26"),
        (b"", "no element found: line 1, column 0"),
        (
            bytes(range(256)),
            "byte 128 is 0x80, which is not UTF-8; save it as UTF-8"
            " (of text in GBK: iconv -f GB18030 -t UTF-8 OLD > NEW)",
        ),
        (b"\x00\x01", "not well-formed (invalid token): line 1, column 0"),
        (b"<annotation/>", "<annotation> has no size/height"),
    ],
)
def test_a_broken_voc_annotation(tmp_path, capsys, content, message):
    root = voc_layout.make(tmp_path)
    (root / "Annotations" / "a.xml").write_bytes(content)
    error = complaint(tmp_path, "VocBoxes", root, capsys)
    assert error == f"trickbench: error: cannot read {root}/Annotations/a.xml: {message}"


def spoilt(kind, **values):
    content = coco_layout.document()
    content[kind][0].update(values)
    return json.dumps(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "it must be a mapping with categories, images, annotations, got []"),
        ("null", "it must be a mapping with categories, images, annotations, got None"),
        ('{"categories": [], "images": []}', "annotations must be a list, got None"),
        ('{"categories": [', "Expecting value: line 1 column 17 (char 16)"),
        (
            spoilt("annotations", bbox="1, 2, 3, 4"),
            "annotations[0] of id 1: bbox must be four numbers, x, y, width and height, ",
        ),
        (spoilt("annotations", bbox=[1, 2, 3]), "annotations[0] of id 1: bbox must be four numbers, "),
        (spoilt("images", file_name=None), "images[0] of id 20: file_name must be text, got None"),
        (spoilt("images", height=None), "images[0] of id 20: height must be a number, got None"),
        (spoilt("images", height="40"), "images[0] of id 20: height must be a number, got '40'"),
        (spoilt("annotations", category_id="7"), "annotations[0] of id 1 has the category_id '7', which nothing "),
    ],
)
def test_a_broken_coco_file(tmp_path, capsys, content, message):
    root = coco_layout.make(tmp_path)
    (root / "train" / "boxes.json").write_text(content)
    error = complaint(tmp_path, "CocoBoxes", root, capsys)
    assert error.startswith(f"trickbench: error: cannot read {root}/train/boxes.json: {message}")
