"""Polygons and run-length codes of COCO, painted to masks."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faster_coco_eval.core import mask as coco_api
from PIL import Image

from datamodules import CocoMasks, Splits
from datamodules.transforms.bare import IGNORE
from experiments.trial import train
from tests.experiments.tiny import fit, model

SIZE = (6, 8)
SQUARE = [[1, 1, 5, 1, 5, 5, 1, 5]]
INNER = [[2, 2, 4, 2, 4, 4, 2, 4]]


def made(root: Path, *objects: dict[str, Any], size: tuple[int, int] = SIZE, **image: Any) -> Path:
    """One image in each split, with these objects of the categories cat (1) and dog (2)."""
    for split in ("train", "val"):
        (root / split).mkdir(exist_ok=True)
        Image.fromarray(np.full((*SIZE, 3), 40, np.uint8)).save(root / split / "a.png", **image)
        content = {
            "images": [{"id": 1, "file_name": "a.png", "height": size[0], "width": size[1]}],
            "categories": [{"id": 2, "name": "dog"}, {"id": 1, "name": "cat"}],
            "annotations": [{"id": k, "image_id": 1, **each} for k, each in enumerate(objects)],
        }
        (root / split / "_annotations.coco.json").write_text(json.dumps(content))
    return root


def thing(category: int, drawn: Any, **more: Any) -> dict[str, Any]:
    return {"category_id": category, "segmentation": drawn, **more}


def painted(root: Path, **arguments: Any) -> np.ndarray:
    return CocoMasks(str(root), SIZE, **arguments).dataset("val")[0]["mask"].numpy()


def block(*fills: tuple[int, int, int]) -> np.ndarray:
    """A mask of squares: from, to and label of each, the last on top."""
    mask = np.zeros(SIZE, np.uint8)
    for first, last, label in fills:
        mask[first:last, first:last] = label
    return mask


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("largest_first", block((1, 5, 1), (2, 4, 2))),
        ("smallest_first", block((1, 5, 1))),
        ("as_listed", block((1, 5, 1))),
    ],
)
def test_what_is_painted_later_lies_on_top(tmp_path, order, expected):
    root = made(tmp_path, thing(2, INNER), thing(1, SQUARE))
    assert (painted(root, order=order) == expected).all()


def test_polygons_and_both_kinds_of_run_length_codes_are_the_same_pixels(tmp_path):
    square = block((1, 5, 1))
    coded = coco_api.encode(np.asfortranarray(square))
    columns = square.ravel(order="F")
    runs = np.diff([0, *np.flatnonzero(np.diff(columns)) + 1, columns.size]).tolist()
    for k, drawn in enumerate(
        (SQUARE, SQUARE[0], {**coded, "counts": coded["counts"].decode()}, {"size": SIZE, "counts": runs})
    ):
        (tmp_path / str(k)).mkdir()
        root = made(tmp_path / str(k), thing(1, drawn), thing(2, [[6, 0, 8, 0, 8, 1, 6, 1]]))
        assert (painted(root)[1:] == square[1:]).all(), drawn


@pytest.mark.parametrize(("crowd", "label"), [("void", IGNORE), ("class", 1), ("leave_out", 0)])
def test_a_crowd_lies_below_its_objects_and_is_void(tmp_path, crowd, label):
    runs = {"size": SIZE, "counts": [0, 48]}
    root = made(tmp_path, thing(2, INNER), thing(1, runs, iscrowd=1))
    mask = painted(root, crowd=crowd)
    assert (mask[0, 0], mask[3, 3]) == (label, 2)


def test_a_box_without_an_outline_is_void_and_said(tmp_path):
    root = made(tmp_path, thing(2, INNER), thing(1, [], bbox=[0, 0, 2, 2]))
    data = CocoMasks(str(root), SIZE)
    with pytest.warns(UserWarning, match=r"^val: 1 of 2 objects have no outline, and their boxes are ignored; .*\[1\]"):
        mask = data.dataset("val")[0]["mask"].numpy()
    assert (mask[:2, :2] == IGNORE).all()
    assert (mask[2:, 2:] == block((2, 4, 2))[2:, 2:]).all()


def test_classes_background_and_void_choose_the_labels(tmp_path):
    root = made(tmp_path, thing(2, INNER), thing(1, SQUARE))
    assert CocoMasks(str(root), SIZE).classes == ("background", "cat", "dog")
    assert CocoMasks(str(root), SIZE, void=["cat"]).classes == ("background", "dog")
    assert (painted(root, void=["cat"]) == block((1, 5, IGNORE), (2, 4, 1))).all()
    assert (painted(root, classes=["background", "dog"]) == block((2, 4, 1))).all()
    mask = painted(root, background=None)
    assert (mask[0, 0], mask[1, 1], mask[3, 3]) == (IGNORE, 0, 1)


def test_one_file_is_cut_and_a_list_chooses(tmp_path):
    root = made(tmp_path, thing(1, SQUARE), thing(2, INNER))
    (root / "some.txt").write_text("a\n")
    given = {"annotations": "train/_annotations.coco.json", "images": "train"}
    data = CocoMasks(str(root), SIZE, splits=Splits(val="some.txt"), **given)
    assert data.names("val") == ["a.png"]


BAD = {
    "two points": (thing(1, [[1, 1, 4, 1]]), SIZE, "segmentation is neither polygons nor .* three points or more"),
    "odd": (thing(1, [[1, 1, 4, 1, 3, 3, 2]]), SIZE, "three points or more"),
    "not numbers": (thing(1, [["a"] * 6]), SIZE, "segmentation is neither polygons nor a run-length code"),
    "not finite": (thing(1, [[float("nan")] * 6]), SIZE, "three points or more"),
    "text": (thing(1, "1 2 3"), SIZE, "segmentation is neither polygons nor a run-length code"),
    "another size": (
        thing(1, {"size": [9, 9], "counts": [0, 81]}),
        SIZE,
        r"of height and width \[9, 9\], and its image of \[6, 8\]",
    ),
    "cut off": (thing(1, {"size": SIZE, "counts": [0, 40]}), SIZE, "decoded 40 pixels but expected 48"),
    "no counts": (thing(1, {"size": SIZE}), SIZE, "'counts'"),
    "nothing": (thing(1, []), SIZE, r"annotations\[0\] of id 0 has neither a segmentation nor a bbox"),
    "no pixels": (thing(1, SQUARE), (0, 8), r"images\[0\] of id 1 must be of 1 to 16384 pixels a side, got 8×0"),
}


@pytest.mark.parametrize(("entry", "size", "message"), BAD.values(), ids=BAD)
def test_broken_outlines_are_named_by_file_and_entry(tmp_path, entry, size, message):
    root = made(tmp_path, entry, size=size)
    with pytest.raises(ValueError, match=rf"^cannot read .*val/_annotations.coco.json: .*{message}"):
        painted(root, classes=["background", "cat"])


def test_a_photo_that_is_turned_after_it_was_outlined(tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    root = made(tmp_path, thing(1, SQUARE), exif=exif)
    with pytest.raises(
        ValueError, match=r"the mask of .*a.png must be as large .* got \(6, 8\) \(masks must fit .* EXIF"
    ):
        painted(root)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"order": "random"}, "order must be one of largest_first, smallest_first, as_listed, got 'random'"),
        ({"crowd": "drop"}, "crowd must be one of void, class, leave_out, got 'drop'"),
        ({"classes": ["cat", "cat"]}, "classes must be 1 to 254 different names"),
        ({"classes": ["cat"]}, "background must be one of classes, or null, got 'background'"),
        ({"void": ["background"]}, "void must not be among classes, got 'background'"),
    ],
)
def test_arguments_out_of_range(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        CocoMasks(str(tmp_path), SIZE, **arguments)


def test_a_mistyped_root_and_a_broken_file_end_a_training_in_one_line(tmp_path, capsys):
    (tmp_path / "data").mkdir()
    root = made(tmp_path / "data", thing(1, [[1, 1]]), thing(2, INNER))
    for given, message in (
        (
            tmp_path / "date",
            f"no folder {tmp_path}/date (did you mean {tmp_path}/data?); expected annotations in COCO's form",
        ),
        (root, f"cannot read {root}/train/_annotations.coco.json: annotations[0] of id 0: segmentation is neither"),
    ):
        layer = {"class_path": "CocoMasks", "init_args": {"root": str(given), "size": [32, 32]}}
        assert train.main(fit(tmp_path / "run", model(num_classes=3), {"data": layer})) == 2
        assert capsys.readouterr().err.splitlines()[-1].startswith(f"trickbench: error: {message}")
