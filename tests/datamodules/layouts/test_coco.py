import os
from collections import Counter
from pathlib import Path

import pytest
import torch

from datamodules import CocoBoxes, Splits
from tests.datamodules.coco_layout import coco, document, make, write

DATA = os.environ.get("TRICKBENCH_DATA")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make(tmp_path)


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
        splits=Splits("train2017", "val2017", "val2017"),
    )
    data.setup(None)
    batches = [next(iter(loader)) for loader in (data.val_dataloader(), data.test_dataloader())]
    assert torch.equal(batches[0]["image"], batches[1]["image"])


BAD = {
    "no area": ([3, 4, 0, 1], r"box \(3, 4, 3, 5\) has no area in a.png of 8×6"),
    "negative width": ([3, 4, -1, 1], r"box \(3, 4, 2, 5\) has no area in a.png of 8×6"),
    "without end": ([1, 2, float("inf"), 2], r"box \(1, 2, inf, 4\) must have finite corners"),
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


@pytest.mark.parametrize("spoil", [lambda a: a.pop("bbox"), lambda a: a.update(bbox=None), lambda a: a.update(bbox=[])])
def test_an_annotation_without_a_box_is_a_bad_box(root, spoil):
    """As of images that are labelled for segmentation only."""
    content = document()
    spoil(content["annotations"][0])
    write(root, "val", content)
    message = r".*val/boxes.json: annotations\[0\] of id 1 has no box"
    with pytest.warns(UserWarning, match=rf"^val: 1 of 2 boxes dropped; the first: {message}$"):
        assert coco(root).dataset("val")[0]["labels"].tolist() == [0]
    with pytest.raises(ValueError, match=rf"{message}; on_bad_box: drop leaves such boxes out$"):
        coco(root, on_bad_box="error").dataset("val")


def test_a_box_of_which_little_is_left_is_said(root):
    content = document()
    content["annotations"][0]["bbox"] = [6, 2, 10, 2]
    write(root, "val", content)
    message = (
        r"val: 1 of 2 boxes lie mostly outside of their image, and are cut; the first: .*box \(6, 2, 16, 4\) in a.png"
    )
    with pytest.warns(UserWarning, match=message):
        assert len(coco(root).dataset("val")[0]["labels"]) == 2


def test_a_box_over_the_edge_is_cut(root):
    content = document()
    content["annotations"][0]["bbox"] = [-1, -1, 10, 3]
    write(root, "val", content)
    assert coco(root, on_bad_box="error").dataset("val")[0]["boxes"].tolist()[0] == [0, 0, 8, 2]


@pytest.mark.skipif(not DATA, reason="TRICKBENCH_DATA names no folder with facemask")
def test_facemask_has_the_counts_of_its_sheet():
    data = CocoBoxes(f"{DATA}/facemask", size=(32, 32), on_bad_box="error")
    data.setup("fit")  # no box is bad
    assert data.box_classes == ("mask_weared_incorrect", "with_mask", "without_mask")
    assert [len(data.dataset(split)) for split in ("train", "val")] == [677, 171]
    labels = [found.name for split in ("train", "val") for image in data.read(split).images for found in image.objects]
    assert Counter(labels) == {"with_mask": 3184, "without_mask": 716, "mask_weared_incorrect": 121}
    boxes = [boxes for batch in data.val_dataloader() for boxes in batch["boxes"]]  # every image is read
    assert sum(map(len, boxes)) == sum(len(image.objects) for image in data.read("val").images)


def test_categories_that_only_head_others_are_left_out_and_said(root):
    content = document()
    heads = [{"id": 0, "name": "pets", "supercategory": "none"}, {"id": 1, "name": "dog", "supercategory": "pets"}]
    content["categories"] = [*heads, *({**entry, "supercategory": "pets"} for entry in content["categories"])]
    write(root, "train", content)
    with pytest.warns(UserWarning, match=r"categories\[\d\] of id \d, '(pets|dog)', is left out: no box is of it"):
        assert coco(root).box_classes == ("dog", "cat", "bird")


def test_one_file_is_cut_by_shares(root):
    data = coco(root, annotations="train/boxes.json", images="train/images", splits=Splits(val=0.5))
    assert [len(data.dataset(split)) for split in ("train", "val")] == [1, 1]


def test_corners_where_a_width_and_a_height_belong(root):
    content = document()
    content["annotations"][1]["bbox"] = [5, 2, 8, 5]
    write(root, "train", content)
    with pytest.raises(ValueError, match=r"1 of 2 boxes reach over the edge, and as corners all would fit"):
        coco(root).setup("fit")
