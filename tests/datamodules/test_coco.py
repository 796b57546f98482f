import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from datamodules import CocoBoxes

DATA = os.environ.get("TRICKBENCH_DATA")


def document() -> dict[str, Any]:
    """Two images of 6×8 pixels, one without objects, and categories whose ids have gaps and no order."""
    return {
        "categories": [{"id": 7, "name": "cat"}, {"id": 3, "name": "dog"}, {"id": 9, "name": "bird"}],
        "images": [
            {"id": 20, "file_name": "a.png", "height": 6, "width": 8},
            {"id": 10, "file_name": "none.png", "height": 6, "width": 8},
        ],
        "annotations": [
            {"id": 1, "image_id": 20, "category_id": 7, "bbox": [0, 1, 4, 5]},
            {"id": 2, "image_id": 20, "category_id": 3, "bbox": [5, 2, 3, 2], "iscrowd": 0},
        ],
    }


def write(root: Path, split: str, content: Any) -> None:
    (root / split / "images").mkdir(parents=True, exist_ok=True)
    (root / split / "boxes.json").write_text(json.dumps(content))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for split in ("train", "val", "test"):
        write(tmp_path, split, document())
        for grey, name in ((40, "a"), (80, "none")):
            Image.fromarray(np.full((6, 8, 3), grey, np.uint8)).save(tmp_path / split / "images" / f"{name}.png")
    return tmp_path


def coco(root: Path, **arguments) -> CocoBoxes:
    return CocoBoxes(str(root), **{"size": (6, 8), "batch_size": 2, "mean": (0, 0, 0), "std": (1, 1, 1), **arguments})


def test_boxes_arrive_as_corners_with_labels_in_the_order_of_the_ids(root):
    data = coco(root)
    batch = next(iter(data.val_dataloader()))
    assert data.box_classes == ("dog", "cat", "bird")
    torch.testing.assert_close(batch["image"][:, 0, 0, 0], torch.tensor([40, 80]) / 255)
    assert batch["boxes"][0].tolist() == [[0, 1, 4, 6], [5, 2, 8, 4]]
    assert batch["labels"][0].tolist() == [1, 0]
    assert batch["boxes"][1].shape == (0, 4)
    assert batch["labels"][1].shape == (0,)


def test_boxes_are_resized_and_flipped_with_the_image(root):
    batch = next(iter(coco(root, size=(12, 4), flip=1.0).train_dataloader()))
    (boxes,) = (boxes.tolist() for boxes in batch["boxes"] if len(boxes))
    assert boxes == [[2, 2, 4, 12], [0, 4, 1.5, 8]]


def test_images_without_objects_are_trained_on(root):
    batch = next(iter(coco(root).train_dataloader()))
    assert sorted(len(boxes) for boxes in batch["boxes"]) == [0, 2]


def test_other_splits_go_by_the_names_of_the_training_categories(root):
    other = document()
    other["categories"] = [{"id": 7, "name": "dog"}, {"id": 3, "name": "cat"}, {"id": 9, "name": "bird"}]
    write(root, "val", other)
    assert coco(root).dataset("val")[0]["labels"].tolist() == [0, 1]


def test_given_classes_choose_and_fix_the_labels(root):
    data = coco(root, classes=["cat"])
    with pytest.warns(UserWarning, match=r"val: 1 of 2 boxes dropped; .* is of the unknown class 'dog'"):
        sample = data.dataset("val")[0]
    assert sample["labels"].tolist() == [0]
    assert sample["boxes"].tolist() == [[0, 1, 4, 6]]


def test_crowds_are_left_out(root):
    content = document()
    content["annotations"][0]["iscrowd"] = 1
    write(root, "val", content)
    assert coco(root).dataset("val")[0]["labels"].tolist() == [0]


def test_the_layout_of_coco_itself(root):
    (root / "annotations").mkdir()
    for split in ("train", "val"):
        (root / split / "boxes.json").rename(root / "annotations" / f"instances_{split}2017.json")
        (root / split / "images").rename(root / f"{split}2017")
    data = coco(
        root,
        annotations="annotations/instances_{split}.json",
        images="{split}",
        splits={"train": "train2017", "val": "val2017", "test": "val2017"},
    )
    data.setup(None)
    batches = [next(iter(loader)) for loader in (data.val_dataloader(), data.test_dataloader())]
    assert torch.equal(batches[0]["image"], batches[1]["image"])


BAD = {
    "no area": ([3, 4, 0, 1], r"box \(3, 4, 3, 5\) has no area in a.png of 8×6"),
    "negative width": ([3, 4, -1, 1], r"box \(3, 4, 2, 5\) has no area in a.png of 8×6"),
    "outside": ([1, 6, 2, 2], r"box \(1, 6, 3, 8\) has no area in a.png of 8×6"),
}


@pytest.mark.parametrize(("box", "message"), BAD.values(), ids=BAD)
def test_bad_boxes_are_dropped_with_a_warning_or_an_error(root, box, message):
    content = document()
    content["annotations"][0]["bbox"] = box
    write(root, "val", content)
    with pytest.warns(UserWarning, match=rf"^val: 1 of 2 boxes dropped; the first: .*val/boxes.json: {message}$"):
        assert coco(root).dataset("val")[0]["labels"].tolist() == [0]
    with pytest.raises(ValueError, match=rf"val/boxes.json: {message}; on_bad_box: drop leaves such boxes out$"):
        coco(root, on_bad_box="error").dataset("val")


def test_a_box_over_the_edge_is_cut(root):
    content = document()
    content["annotations"][0]["bbox"] = [-1, -1, 20, 3]
    write(root, "val", content)
    assert coco(root, on_bad_box="error").dataset("val")[0]["boxes"].tolist()[0] == [0, 0, 8, 2]


BROKEN = {
    "a key missing": (lambda c: c.pop("images"), "'images' is missing"),
    "a size missing": (lambda c: c["images"][0].pop("width"), "'width' is missing"),
    "a box missing": (lambda c: c["annotations"][0].pop("bbox"), "'bbox' is missing"),
    "a box of three": (lambda c: c["annotations"][0]["bbox"].pop(), "not enough values to unpack"),
    "a box of words": (lambda c: c["annotations"][0].update(bbox=[1, 2, 3, "four"]), "float: 'four'"),
    "an unknown category": (
        lambda c: c["annotations"][1].update(category_id=5),
        "annotation 2 has the category_id 5, which nothing describes",
    ),
    "an unknown image": (
        lambda c: c["annotations"][1].update(image_id=5),
        "annotation 2 has the image_id 5, which nothing describes",
    ),
    "a nameless category": (lambda c: c["categories"][1].pop("name"), "category 3 has no name"),
    "two of one name": (
        lambda c: c["categories"][2].update(name="dog"),
        "two categories are named 'dog', the second has id 9",
    ),
    "two of one id": (lambda c: c["categories"][2].update(id=3), "two categories have the id 3"),
    "two images of one id": (lambda c: c["images"][1].update(id=20), "two images have the id 20"),
}


@pytest.mark.parametrize(("spoil", "message"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_contradicts_itself(root, spoil, message):
    content = document()
    spoil(content)
    write(root, "val", content)
    with pytest.raises(ValueError, match=rf"^cannot read .*val/boxes.json: .*{message}"):
        coco(root).setup("fit")


@pytest.mark.parametrize("length", [0, 100])
def test_a_file_cut_off(root, length):
    file = root / "train" / "boxes.json"
    file.write_text(file.read_text()[:length])
    with pytest.raises(ValueError, match=r"cannot read .*train/boxes.json: .*line 1 column"):
        coco(root).setup("fit")


def test_a_file_of_something_else(root):
    write(root, "val", [1, 2])
    with pytest.raises(ValueError, match=r"cannot read .*val/boxes.json: list indices must be integers"):
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


@pytest.mark.skipif(not DATA, reason="TRICKBENCH_DATA names no folder with facemask")
def test_facemask_has_the_counts_of_its_sheet():
    data = CocoBoxes(f"{DATA}/facemask", size=(32, 32), on_bad_box="error")
    data.setup("fit")  # no box is bad
    assert data.box_classes == ("mask_weared_incorrect", "with_mask", "without_mask")
    assert [len(data.dataset(split)) for split in ("train", "val")] == [677, 171]
    labels = [label for split in ("train", "val") for image in data.read(split).images for label in image.names]
    assert Counter(labels) == {"with_mask": 3184, "without_mask": 716, "mask_weared_incorrect": 121}
    boxes = [boxes for batch in data.val_dataloader() for boxes in batch["boxes"]]  # every image is read
    assert sum(map(len, boxes)) == sum(len(image.boxes) for image in data.read("val").images)
