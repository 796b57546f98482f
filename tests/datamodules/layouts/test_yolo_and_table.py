"""Boxes in the text files of YOLO and in tables."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datamodules import Splits, TableBoxes, YoloBoxes, YoloMasks
from datamodules.transforms.bare import IGNORE


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((10, 20, 3), np.uint8)).save(path)


@pytest.fixture
def yolo(tmp_path: Path) -> Path:
    """As Roboflow exports it: `train` and `valid`, one image with a box and a polygon, one without a file."""
    (tmp_path / "data.yaml").write_text("train: ../train/images\nnc: 2\nnames: {0: cat, 1: dog}\n")
    for split in ("train", "valid"):
        for name in ("a", "none"):
            picture(tmp_path / split / "images" / f"{name}.jpg")
        (tmp_path / split / "labels").mkdir()
        lines = "1 0.5 0.5 0.2 0.4\n0 0.1 0.2 0.3 0.2 0.3 0.9\n"
        (tmp_path / split / "labels" / "a.txt").write_text(lines)
    return tmp_path


def read_yolo(root: Path, **arguments) -> YoloBoxes:
    return YoloBoxes(str(root), (10, 20), splits=Splits(val="valid"), **arguments)


def test_boxes_and_polygons_of_yolo(yolo):
    data = read_yolo(yolo)
    data.setup("fit")
    samples = [data.dataset("val")[index] for index in range(2)]
    assert data.box_classes == ("cat", "dog")
    np.testing.assert_allclose(samples[0]["boxes"], [[8, 3, 12, 7], [2, 2, 6, 9]], rtol=1e-6)
    assert samples[0]["labels"].tolist() == [1, 0]
    assert samples[1]["boxes"].shape == (0, 4)


def test_polygons_of_yolo_are_painted_the_largest_first_and_boxes_are_void(yolo):
    lines = ["0 0 0 1 0 1 1 0 1", "1 0 0 .5 0 .5 .5 0 .5", "1 .9 .9 .2 .2"]
    for split in ("train", "valid"):
        (yolo / split / "labels" / "a.txt").write_text("\n".join(reversed(lines)))
    data = YoloMasks(str(yolo), (10, 20), splits=Splits(val="valid"))
    assert data.classes == ("background", "cat", "dog")
    with pytest.warns(UserWarning, match=r"^valid: 1 of 3 objects have no outline, .* the first: .*a.txt: line 1$"):
        source = data.dataset("val")
    mask = source[0]["mask"].numpy()
    assert (mask[:5, :10] == 2).all()
    assert (mask[8:, 16:] == IGNORE).all()
    assert (mask == 1).sum() == 200 - 50 - 8
    assert not source[1]["mask"].any()  # an image without a file shows the background


@pytest.mark.parametrize(("source", "labels"), [(YoloBoxes, "boxes"), (YoloMasks, "outlines")])
@pytest.mark.filterwarnings("ignore:.*objects have no outline")
def test_folders_of_any_name_with_lists_deal_a_split_out_anew(yolo, source, labels):
    for name in ("images/a.jpg", "images/none.jpg", "labels/a.txt"):
        (yolo / "valid" / name).rename(yolo / "valid" / name.replace("/", "/b_"))
    (yolo / "train.txt").write_text("b_none.jpg\n")
    (yolo / "val.txt").write_text("a.jpg\nb_a.jpg\n")
    where = {"images": "*/images/{name}", labels: "*/labels/{name}.txt"}
    data = source(str(yolo), (10, 20), splits=Splits("train.txt", "val.txt"), **where)
    assert [len(data.dataset(split)) for split in ("train", "val")] == [1, 2]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2 .5 .5 .1 .1", r"a.txt: line 1 has the class 2; expected 0 to 1"),
        ("x .5 .5 .1 .1", r"a.txt: line 1 must be numbers, got 'x .5 .5 .1 .1'"),
        ("1 .5 .5 .1", r"a.txt: line 1 must hold a class and 4 numbers, or a polygon, got 3 numbers"),
        ("1 120 30 20 20", r"a.txt: line 1 must be shares of the image, from 0 to 1, got 120; pixels\?"),
        ("1 .6 .5 .9 .9\n0 .7 .6 1 1", r"a.txt: 2 of 2 boxes reach over the edge, and as corners all would fit"),
    ],
)
def test_lines_that_cannot_be(yolo, line, message):
    for split in ("train", "valid"):
        (yolo / split / "labels" / "a.txt").write_text(line)
    with pytest.raises(ValueError, match=message):
        read_yolo(yolo).setup("fit")


@pytest.mark.parametrize("text", ["names: 3", "names: [1, 2]", "nc: 2", "[", "names: {1: a, 2: b}"])
def test_a_file_of_names_that_names_no_classes(yolo, text):
    (yolo / "data.yaml").write_text(text)
    with pytest.raises(ValueError, match=r"data.yaml"):
        read_yolo(yolo).setup("fit")


def test_a_text_file_without_its_image(yolo):
    (yolo / "train" / "labels" / "b.txt").write_text("")
    with pytest.raises(ValueError, match=r"labels/b.txt has no image, .*train/images/b\.\*"):
        read_yolo(yolo).setup("fit")


ROWS = ["filename,label,xmin,ymin,xmax,ymax,part", *(f"{k}.png,cat,1,2,9,8,train" for k in range(8))]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    for k in range(10):
        picture(tmp_path / "photos" / f"{k}.png")
    (tmp_path / "boxes.csv").write_text("\n".join([*ROWS, "8.png,cat,0,0,5,5,val", "9.png,,,,,,val"]))
    return tmp_path


def read_table(root: Path, **arguments) -> TableBoxes:
    return TableBoxes(str(root), (10, 20), images="photos", **arguments)


def test_columns_are_recognised_and_a_column_tells_the_split(table):
    data = read_table(table, columns={"split": "part"})
    data.setup("fit")
    assert (len(data.dataset("train")), len(data.dataset("val"))) == (8, 2)
    assert data.dataset("val")[0]["boxes"].tolist() == [[0, 0, 5, 5]]
    assert data.dataset("val")[1]["boxes"].shape == (0, 4)


def test_a_table_is_cut(table):
    data = read_table(table, splits=Splits(val=0.2, test=0.3))
    assert [len(data.dataset(split)) for split in ("train", "val", "test")] == [5, 2, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "filename,xmin,ymin,xmax,ymax\n",
            r"boxes.csv must have a column for class",
        ),
        (
            "image,class,x1,y1,x2,y2\n0.png,cat,1,2,x,4",
            r"boxes.csv: line 2 must have four numbers as corners",
        ),
        (
            "image,class,x1,y1,x2,y2\n/a/0.png,cat,1,2,3,4\n/b/0.png,cat,1,2,3,4",
            r"boxes.csv: /a/0.png and /b/0.png are both called 0.png: say paths as seen from the images",
        ),
        (
            "image,class,x,y,w,h\n\n0.png,cat,1,2,x,4",
            r"boxes.csv: line 3 must have four numbers as corner and size",
        ),
        (
            "image,class,x,y,w,h\n0.png,cat,9,8,20,10\n1.png,cat,8,2,20,10",
            r"boxes.csv: 2 of 2 boxes reach over the edge, and as corners all would fit; expected a width and a height",
        ),
        (
            'image,class,bbox\n0.png,cat,"[1, 2, 3]"',
            r"boxes.csv: line 2 must have four numbers as corner and size, got \[1, 2, 3\]",
        ),
        ("image,class,x1,y1,x2,y2\n77.png,cat,1,2,3,4", r"boxes.csv names 77.png, but there is no file .*77.png"),
        ("image,class,x1,y1,x2,y2\n0.png,cat,.1,.2,.5,.5", r"all 1 boxes lie within 0 to 1, as shares of the image do"),
        ("image,class,x1,y1,x2,y2\n", r"boxes.csv lists no images"),
    ],
)
def test_tables_that_cannot_be(table, text, message):
    (table / "boxes.csv").write_text(text)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        read_table(table, splits=Splits(val=0.2)).setup("fit")
