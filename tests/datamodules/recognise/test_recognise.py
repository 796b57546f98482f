"""Folders as people have them are recognised, and what was recognised reads them."""

import re
import warnings

import jsonargparse
import pytest

import datamodules
from datamodules.recognise import recognise
from tests.datamodules import made, voc_layout

EXPECTED = {
    "binary_in_one_folder": {
        "images": "{name}",
        "masks": "{name}_mask",
        "classes": {"background": 0, "foreground": 255},
        "splits": {"val": 0.2},
    },
    "colours_beside": {
        "images": "{split}/{name}",
        "masks": "{split}_labels/{name}_L",
        "classes": {"Road": "#804080", "Sign": "#0000c0"},
        "void": "#000000",
    },
    "prefixes": {
        "images": "images/image_{name}",
        "masks": "labels/mask_{name}",
        "classes": ["class_0", "class_1", "class_2"],
        "splits": {"val": 0.2},
    },
    "gifs": {
        "images": "{split}/{name}",
        "masks": "{split}_masks/{name}_mask",
        "classes": ["class_0", "class_1"],
        "splits": {"val": 0.2},
    },
    "listed": {
        "images": "JPEGImages/{name}",
        "masks": "SegmentationClass/{name}",
        "classes": ["class_0", "class_1", "class_2"],
        "splits": {"train": "ImageSets/Segmentation/train.txt", "val": "ImageSets/Segmentation/val.txt"},
    },
    "scenes": {
        "images": "*/rgb/{name}",
        "masks": "*/label/{name}",
        "classes": ["class_0", "class_1", "class_2"],
        "splits": {"val": 0.2},
    },
    "usual": {"classes": ["class_0", "class_1", "class_2"], "splits": {"val": "valid"}},
    "coco_of_roboflow": {
        "annotations": "{split}/_annotations.coco.json",
        "images": "{split}",
        "splits": {"val": "valid"},
    },
    "coco_outlines": {"annotations": "annotations/{split}.json", "images": "{split}"},
    "numbers_of_objects": {
        "images": "PNGImages/{name}",
        "masks": "PedMasks/{name}_mask",
        "classes": ["background", "object"],
        "splits": {"val": 0.2},
    },
    "folder_of_masks": {
        "images": "stage1_{split}/*/images/{name}",
        "masks": "stage1_{split}/{name}/masks/*",
        "classes": ["background", "object"],
        "splits": {"val": 0.2},
    },
    "masks_beside": {
        "images": "{split}/images/{name}",
        "masks": "{split}/masks/{name}_*",
        "classes": ["background", "object"],
    },
    "voc_without_lists": {
        "images": "images/{name}",
        "annotations": "annotations/{name}.xml",
        "lists": None,
        "splits": {"val": 0.2},
    },
    "yolo_outlines": {"splits": {"val": "valid"}},
    "table_of_splits": {
        "table": "boxes.csv",
        "images": "photos",
        "columns": {"split": "split"},
        "splits": {"val": "valid"},
    },
    "street_frames": {"images": "{split}/{name}", "masks": "{split}annot/{name}"},
    "yolo": {"images": "images/{split}/{name}", "boxes": "labels/{split}/{name}.txt"},
    "yolo_beside": {
        "images": "{name}",
        "boxes": "{name}.txt",
        "names_file": "classes.txt",
        "splits": {"val": 0.2},
    },
    "folders_of_classes": {},
    "classes_in_no_splits": {"folders": "", "splits": {"val": 0.2, "stratify": True}},
    "table": {"table": "boxes.csv", "images": "photos", "splits": {"val": 0.2}},
}


@pytest.mark.parametrize("make", made.LAYOUTS, ids=lambda make: make.__name__)
def test_a_layout_is_recognised_and_read_as_recognised(make, tmp_path):
    make(tmp_path)
    found = recognise(tmp_path)
    assert found.arguments == EXPECTED[make.__name__]
    cls = getattr(datamodules, found.module)
    parser = jsonargparse.ArgumentParser(exit_on_error=False)
    parser.add_class_arguments(cls, "data", sub_configs=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a category that heads others
        arguments = {"root": str(tmp_path), "size": [20, 24], **found.arguments}
        data = parser.instantiate_classes(parser.parse_object({"data": arguments})).data
        data.setup("fit")
    assert list(data.classes or data.box_classes) == list(found.classes)
    assert len(data.dataset("train")) + ("val" in found.arguments.get("splits", {}) or len(found.images)) > 2
    sample = data.dataset("val")[0]
    assert sample["image"].shape == (3, 20, 24)


def test_the_nearest_is_named_where_nothing_fits(tmp_path):
    made.photo(tmp_path / "a.jpg")
    made.photo(tmp_path / "b.jpg")
    (tmp_path / "notes.txt").write_text("no labels yet")
    message = "holds 2 .jpg, 1 .txt, in no layout that is known: images with a lossless mask each, outlines or boxes as"
    with pytest.raises(ValueError, match=re.escape(message)):
        recognise(tmp_path)


def test_text_files_of_yolo_without_names_of_classes(tmp_path):
    made.yolo_beside(tmp_path)
    (tmp_path / "classes.txt").unlink()
    with pytest.raises(ValueError, match=r"txt is of YOLO's kind, .*; write .*classes.txt with a name a line$"):
        recognise(tmp_path)


def test_photos_are_no_masks(tmp_path):
    for k in range(4):
        made.photo(tmp_path / "images" / f"{k}.png", k)
        made.photo(tmp_path / "photos" / f"{k}.png", k + 9)
    with pytest.raises(ValueError, match=r"holds 8 \.png, in no layout that is known"):
        recognise(tmp_path)


def test_pictures_of_few_greys_in_folders_of_classes_are_no_masks(tmp_path):
    for label in "37":
        for k in range(4):
            made.mask(tmp_path / label / f"{k}.png", (0, 8 * int(label) + k, 128))
    assert recognise(tmp_path).module == "ClassFolders"


def test_masks_of_one_number_tell_nothing_apart(tmp_path):
    for k in range(4):
        made.photo(tmp_path / "images" / f"{k}.png", k)
        made.mask(tmp_path / "masks" / f"{k}.png", (1,))
    with pytest.raises(ValueError, match=r"masks hold 1: classes are told apart by 2 to 63 numbers or colours"):
        recognise(tmp_path)


def test_a_file_of_boxes_whose_images_are_elsewhere(tmp_path):
    made.coco_of_roboflow(tmp_path)
    for image in tmp_path.rglob("*.jpg"):
        image.unlink()
    with pytest.raises(ValueError, match=r"_annotations.coco.json names 0.jpg, and no such file is below"):
        recognise(tmp_path)


def test_an_annotation_that_was_cut_off(tmp_path):
    made.photo(tmp_path / "JPEGImages" / "a.jpg")
    (tmp_path / "Annotations").mkdir()
    (tmp_path / "Annotations" / "a.xml").write_text("<annotation>")
    with pytest.raises(ValueError, match=r"cannot read .*a\.xml: no element found: line 1"):
        recognise(tmp_path)


@pytest.mark.parametrize("make", [made.numbers_of_objects, made.folder_of_masks, made.masks_beside])
def test_masks_of_objects_are_boxes_too(make, tmp_path):
    make(tmp_path)
    assert "InstanceBoxes would read labels for detection: --task detection" in recognise(tmp_path).notes
    found = recognise(tmp_path, "Detection")
    splits = datamodules.Splits(**found.arguments.get("splits", {}))
    data = datamodules.InstanceBoxes(str(tmp_path), (40, 48), **{**found.arguments, "splits": splits})
    data.setup("fit")
    assert data.box_classes == ("object",)


def test_classes_that_run_from_1_on_are_classes(tmp_path):
    for k in range(6):
        made.photo(tmp_path / "images" / f"{k}.png", k)
        made.mask(tmp_path / "masks" / f"{k}.png", range(2 + k % 2))
    assert recognise(tmp_path).module == "ImageMaskFolder"


def test_outlines_are_taken_before_boxes_and_the_other_is_named(tmp_path):
    made.coco_outlines(tmp_path)
    assert recognise(tmp_path).notes == ["CocoBoxes would read labels for detection: --task detection"]
    assert recognise(tmp_path, "Detection").module == "CocoBoxes"
    with pytest.raises(ValueError, match="in no layout that is known for classification: "):
        recognise(tmp_path, "Classification")


def test_rectangles_as_outlines_are_boxes(tmp_path):
    made.coco_outlines(tmp_path, outline=[8, 4, 28, 4, 28, 24, 8, 24])
    assert recognise(tmp_path).module == "CocoBoxes"


def test_categories_without_an_object_are_left_out_and_said(tmp_path):
    made.coco_outlines(tmp_path, more=[{"id": 5, "name": "yak"}])
    found = recognise(tmp_path)
    assert found.arguments["classes"] == ["background", "cat", "dog"]
    assert "no object is of yak, left out" in found.notes


def test_polygons_of_yolo_are_taken_before_their_boxes(tmp_path):
    made.yolo_outlines(tmp_path)
    assert recognise(tmp_path).notes == ["YoloBoxes would read labels for detection: --task detection"]
    assert recognise(tmp_path).classes == ["background", "cat", "dog"]
    assert recognise(tmp_path, "Detection").classes == ("cat", "dog")


def test_frames_of_camvid_bring_their_classes_along(tmp_path):
    made.street_frames(tmp_path)
    assert recognise(tmp_path).module == "CamVid"
    assert recognise(tmp_path).classes[:2] == ("sky", "building")
    made.mask(tmp_path / "trainannot" / "0001TP_000001.png", range(13))
    found = recognise(tmp_path)
    assert found.module == "ImageMaskFolder"
    assert any("name these classes in their order" in note for note in found.notes)


def test_the_training_images_of_voc_are_those_of_its_list(tmp_path):
    voc_layout.make(tmp_path)
    made.photo(tmp_path / "JPEGImages" / "b.jpg")
    voc_layout.annotate(tmp_path, "b", [("cow", 1, 1, 4, 4)])
    voc_layout.list_images(tmp_path, "val", ["a", "b"])
    found = recognise(tmp_path)
    assert [image.name for image in found.images] == ["a.jpg", "none.jpg"]
    assert found.classes == ["cat", "dog"]
