import os
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from datamodules import Splits, VocBoxes
from tests.datamodules.voc_layout import SIZE, annotate, list_images, make, voc

DATA = os.environ.get("TRICKBENCH_DATA")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make(tmp_path)


def test_boxes_arrive_in_pixels_with_labels_in_the_order_of_the_names(root):
    data = voc(root)
    batch = next(iter(data.val_dataloader()))
    assert data.box_classes == ("cat", "dog")
    torch.testing.assert_close(batch["image"][:, 0, 0, 0], torch.tensor([40, 80]) / 255)
    assert batch["boxes"][0].tolist() == [[0, 1, 4, 6], [5, 2, 8, 4]]
    assert batch["labels"][0].tolist() == [1, 0]
    assert batch["boxes"][1].shape == (0, 4)
    assert batch["labels"][1].shape == (0,)
    assert batch["labels"][1].dtype == torch.int64


def test_given_classes_fix_the_labels(root):
    assert voc(root, classes=["bird", "dog", "cat"]).dataset("test")[0]["labels"].tolist() == [1, 2]


def test_classes_are_those_of_the_training_images(root):
    annotate(root, "none", [("bird", 0, 0, 2, 2)])
    list_images(root, "train", ["a"])
    data = voc(root)
    with pytest.warns(UserWarning, match=r"val: 1 of 3 boxes dropped; .*none.xml: .* of the unknown class 'bird'"):
        assert data.dataset("val")[1]["labels"].tolist() == []
    assert data.box_classes == ("cat", "dog")


def test_boxes_are_resized_with_the_image(root):
    sample = voc(root, size=(12, 4)).dataset("val")[0]
    assert sample["image"].shape == (3, 12, 4)
    assert sample["boxes"].canvas_size == (12, 4)
    assert sample["boxes"].tolist() == [[0, 2, 2, 12], [2.5, 4, 4, 8]]


def test_the_first_pixel_may_be_one(root):
    annotate(root, "a", [("dog", 1, 1, 8, 6), ("cat", 3, 3, 3, 3)])
    assert voc(root, origin=1).dataset("val")[0]["boxes"].tolist() == [[0, 0, 8, 6], [2, 2, 3, 3]]


def test_training_flips_boxes_with_the_image(root):
    batch = next(iter(voc(root, flip=1.0).train_dataloader()))
    (boxes,) = (boxes.tolist() for boxes in batch["boxes"] if len(boxes))
    assert boxes == [[4, 1, 8, 6], [0, 2, 3, 4]]
    batch = next(iter(voc(root, flip=0.0).train_dataloader()))
    (boxes,) = (boxes.tolist() for boxes in batch["boxes"] if len(boxes))
    assert boxes == [[0, 1, 4, 6], [5, 2, 8, 4]]


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_training_scales_and_crops_boxes_with_the_image(root, scale):
    pixels = np.zeros((60, 80, 3), np.uint8)
    pixels[20:40, 30:60] = 255
    Image.fromarray(pixels).save(root / "JPEGImages" / "a.jpg", quality=95)
    annotate(root, "a", [("dog", 30, 20, 60, 40)], SIZE.replace("8", "80").replace("6", "60"))
    list_images(root, "train", ["a"])
    data = voc(root, size=(60, 80), random_scale=(scale, scale), mean=(0.0, 0.0, 0.0))
    for _ in range(4):
        batch = next(iter(data.train_dataloader()))
        bright = (batch["image"][0, 0] > 0.5).nonzero()
        (y1, x1), (y2, x2) = bright.amin(0).tolist(), (bright.amax(0) + 1).tolist()
        torch.testing.assert_close(batch["boxes"][0], torch.tensor([[x1, y1, x2, y2]]).float(), rtol=0, atol=1)


def test_equal_seeds_give_equal_training_batches(root, monkeypatch):
    monkeypatch.setenv("PL_GLOBAL_SEED", "7")
    first, second = (next(iter(voc(root, size=(24, 32), random_scale=(0.5, 2.0)).train_dataloader())) for _ in range(2))
    assert torch.equal(first["image"], second["image"])
    assert all(torch.equal(a, b) for a, b in zip(first["boxes"], second["boxes"], strict=True))


BAD = {
    "no area": (("dog", 3, 4, 3, 4), r"box \(3, 4, 3, 4\) has no area in a.jpg of 8×6"),
    "corners exchanged": (("dog", 5, 1, 2, 3), r"box \(5, 1, 2, 3\) has no area in a.jpg of 8×6"),
    "outside": (("dog", 8, 1, 12, 3), r"box \(8, 1, 12, 3\) has no area in a.jpg of 8×6"),
    "no number": (("dog", float("nan"), 1, 4, 3), r"box \(nan, 1, 4, 3\) must have finite corners"),
    "unknown class": (("dgo", 1, 1, 4, 3), r"box \(1, 1, 4, 3\) is of the unknown class 'dgo'"),
}


@pytest.mark.parametrize(("bad", "message"), BAD.values(), ids=BAD)
def test_bad_boxes_are_dropped_with_one_warning_a_split(root, bad, message):
    annotate(root, "a", [bad, ("cat", 5, 2, 8, 4), bad])
    data = voc(root, classes=["cat", "dog"])
    with pytest.warns(
        UserWarning, match=rf"^val: 2 of 3 boxes dropped; the first: .*Annotations/a.xml: {message}$"
    ) as w:
        data.setup("validate")
    assert len(w) == 1
    batch = next(iter(data.val_dataloader()))  # warns no more
    assert batch["boxes"][0].tolist() == [[5, 2, 8, 4]]
    assert batch["labels"][0].tolist() == [0]


@pytest.mark.parametrize(("bad", "message"), BAD.values(), ids=BAD)
def test_a_bad_box_can_be_an_error(root, bad, message):
    annotate(root, "a", [("cat", 5, 2, 8, 4), bad])
    with pytest.raises(ValueError, match=rf"a.xml: {message}; on_bad_box: drop leaves such boxes out$"):
        voc(root, classes=["cat", "dog"], on_bad_box="error").setup("fit")


@pytest.mark.parametrize("box", ["", "<bndbox/>"])
def test_an_object_without_a_box_is_a_bad_box(root, box):
    file = root / "Annotations" / "a.xml"
    file.write_text(file.read_text().replace("</annotation>", f"<object><name>cat</name>{box}</object></annotation>"))
    with pytest.warns(UserWarning, match=r"^val: 1 of 3 boxes dropped; the first: .*a.xml: object\[2\] has no box$"):
        assert voc(root).dataset("val")[0]["labels"].tolist() == [1, 0]
    with pytest.raises(ValueError, match=r"a.xml: object\[2\] has no box; on_bad_box: drop leaves such boxes out$"):
        voc(root, on_bad_box="error").dataset("val")


def test_an_image_of_bad_boxes_alone_is_trained_as_one_without_objects(root):
    annotate(root, "a", [("dog", 3, 3, 3, 3)])
    data = voc(root)
    with pytest.warns(UserWarning, match="train: 1 of 1 boxes dropped"):
        batch = next(iter(data.train_dataloader()))
    assert [len(boxes) for boxes in batch["boxes"]] == [0, 0]


def test_a_box_over_the_edge_is_cut(root):
    annotate(root, "a", [("dog", -2, 1, 9, 6.5)])
    assert voc(root, on_bad_box="error").dataset("val")[0]["boxes"].tolist() == [[0, 1, 8, 6]]


def test_splits_may_be_named_otherwise(root):
    (root / "ImageSets" / "Main" / "val.txt").unlink()
    assert len(voc(root, splits=Splits(val="test")).dataset("val")) == 2


def test_images_may_end_otherwise(root):
    for image in (root / "JPEGImages").iterdir():
        Image.open(image).save(image.with_suffix(".png"))
        image.unlink()
    assert len(voc(root).dataset("val")) == 2


@pytest.mark.skipif(not DATA, reason="TRICKBENCH_DATA names no folder with bccd")
def test_bccd_has_the_counts_of_its_sheet():
    data = VocBoxes(f"{DATA}/bccd", size=(64, 64))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data.setup(None)
    assert [str(warning.message).split(";")[0] for warning in caught] == [
        "train: 1 of 2805 boxes dropped",
        "val: 1 of 1138 boxes dropped",
    ]
    assert data.box_classes == ("Platelets", "RBC", "WBC")
    images = [image for split in ("train", "val", "test") for image in data.read(split).images]
    assert Counter(found.name for image in images for found in image.objects) == {
        "RBC": 4155,
        "WBC": 372,
        "Platelets": 361,
    }
    boxes = [sample["boxes"] for loader in (data.val_dataloader(), data.test_dataloader()) for sample in loader]
    assert sum(len(each) for batch in boxes for each in batch) == 1138 - 1 + 945
