"""What people's folders hold beside the plain case: other names, lists, folders in folders, stray and broken files."""

import json
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datamodules import CocoBoxes, CocoMasks, Splits, TableBoxes
from datamodules.recognise import recognise
from tests.datamodules import made

EVERY = 10  # images of a made folder


def noted(root, *words: str) -> bool:
    return any(all(word in note for word in words) for note in recognise(root).notes)


def deal_out(files: Iterable[Path]) -> None:
    """Move files into a folder for each camera, by the last letter of their names."""
    for file in [*files]:
        place = file.parent / f"cam{file.stem[-1]}"
        place.mkdir(exist_ok=True)
        file.rename(place / file.name)


def test_xml_files_of_other_names_than_their_images(tmp_path):
    made.voc_without_lists(tmp_path)
    for file in (tmp_path / "annotations").iterdir():
        image = next((tmp_path / "images").glob(f"{file.stem}.*"))
        file.write_text(file.read_text().replace("<annotation>", f"<annotation><filename>{image.name}</filename>"))
        file.rename(file.with_name(f"anno_{file.name}"))
    found = recognise(tmp_path)
    assert (found.module, len(found.images)) == ("VocBoxes", EVERY)


def test_folders_in_folders_are_read_whole(tmp_path):
    """Annotations and images of several cameras, in a folder for each."""
    made.voc_without_lists(tmp_path)
    deal_out(tmp_path.glob("*/*.*"))
    found = recognise(tmp_path)
    assert found.arguments["annotations"] == "annotations/*/{name}.xml"
    assert len(found.images) == EVERY


def test_text_files_of_yolo_in_folders_in_folders(tmp_path):
    made.yolo(tmp_path)
    deal_out(tmp_path.glob("*/*/*.*"))
    found = recognise(tmp_path)
    assert found.arguments == {"images": "images/{split}/*/{name}", "boxes": "labels/{split}/*/{name}.txt"}
    assert len(found.images) == 3


def test_lists_of_yolo_without_validation_data(tmp_path):
    """As of Darknet: paths from elsewhere, `train.txt` and `test.txt`."""
    made.yolo_beside(tmp_path / "obj")
    for name, places in (("train", range(8)), ("test", range(8, EVERY))):
        (tmp_path / f"{name}.txt").write_text("".join(f"data/obj/{k}.jpg\n" for k in places))
    found = recognise(tmp_path)
    assert found.arguments["splits"] == {"train": "train.txt", "test": "test.txt", "val": 0.2}
    assert len(found.images) == 8


def test_names_in_a_table_may_lack_their_suffix(tmp_path):
    made.table(tmp_path)
    table = tmp_path / "boxes.csv"
    table.write_text(table.read_text().replace(".png", "").replace("filename", "image_id"))
    assert len(recognise(tmp_path).images) == EVERY


@pytest.mark.parametrize(
    ("header", "row", "part"),
    [
        ("filename;xmin;ymin;xmax;ymax;class", "{};8;4;28,0;24;fox", ";"),
        ("image path,xmin,ymin,xmax,ymax,Class name", "C:\\Users\\me\\set 1\\{},8,4,28,24,fox", ","),
        ("path, x1, y1, x2, y2, label", "/mnt/photos/{}, 8, 4, 28, 24, fox", ","),
        ("path,x1,y1,x2,y2,label", "photos\\{},8,4,28,24,fox", ","),
        ("Image_ID\tX\tY\tW\tH\tLabel", "{}\t8\t4\t20\t20\tfox", "\t"),
        ("image,left,top,width,height,name", "{},8,4,20.0,20,fox", ","),
        ("filename,width,height,class,xmin,ymin,xmax,ymax", "{},48,40,fox,8,4,28,24", ","),
        ("image_id,width,height,bbox,label", '{},48,40,"[8.0, 4, 20, 20]",fox', ","),
    ],
)
def test_tables_as_spreadsheets_and_tools_write_them(tmp_path, header, row, part):
    """Parted by what a language's spreadsheet takes, rows of nothing at the end, sizes of boxes or of images."""
    made.table(tmp_path)
    rows = [row.format(f"{k}.png") for k in range(EVERY - 2)]
    (tmp_path / "boxes.csv").write_text("\ufeff" + "\r\n".join([header, *rows, part * 5, ""]), encoding="utf-8")
    found = recognise(tmp_path)
    assert (found.classes, len(found.images)) == (["fox"], EVERY - 2)
    assert noted(tmp_path, "no annotation names", "photos/8.png and 1 more: left out, not taken as without objects")
    assert noted(tmp_path, "upper left corner") == ("28" not in row)
    arguments = {**found.arguments, "splits": Splits(val=0.25)}
    data = TableBoxes(str(tmp_path), made.SIZE, **arguments)
    data.setup("fit")
    assert data.dataset("train")[0]["boxes"].tolist() == [list(made.BOX)]


@pytest.mark.parametrize(
    ("name", "content", "tool"),
    [
        ("0.json", '{"version": "5.4.1", "shapes": [], "imagePath": "0.png"}', "LabelMe"),
        ("via.json", '{"0.png123": {"filename": "0.png", "regions": []}}', "VIA"),
        ("via_project.json", '{"_via_img_metadata": {"0.png123": {"filename": "0.png", "regions": []}}}', "VIA"),
        ("annotations.xml", "<annotations><version>1.1</version></annotations>", "CVAT"),
        ("project-1.json", '[{"id": 1, "annotations": [], "data": {"image": "0.png"}}]', "Label Studio"),
    ],
)
def test_annotations_of_a_tool_whose_files_are_not_read(tmp_path, name, content, tool):
    made.photo(tmp_path / "0.png")
    (tmp_path / "a.json").write_text("[1, {")
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=rf"{re.escape(name)} is of {tool}'s own kind: .*COCO's JSON"):
        recognise(tmp_path)


def test_images_that_no_annotation_of_coco_names_are_said(tmp_path):
    made.coco_of_roboflow(tmp_path)
    assert not noted(tmp_path, "no annotation names")
    made.photo(tmp_path / "train" / "late.jpg", 77)
    assert noted(tmp_path, "no annotation names", "late.jpg: left out")


@pytest.mark.parametrize("before", ["C:\\Users\\me\\set 1\\", "/mnt/photos/"])
def test_paths_of_another_machine_in_coco(tmp_path, before):
    made.coco_outlines(tmp_path)
    for file in tmp_path.glob("annotations/*.json"):
        content = json.loads(file.read_bytes())
        for image in content["images"]:
            image["file_name"] = before + image["file_name"]
        file.write_text(json.dumps(content))
    at = {"annotations": "annotations/{split}.json", "images": "{split}"}
    for layout, kind in ((CocoBoxes, "boxes"), (CocoMasks, "mask")):
        data = layout(str(tmp_path), made.SIZE, **at)
        data.setup("fit")
        assert kind in data.dataset("train")[0]
    assert len(recognise(tmp_path).images) == len(data.dataset("train"))
    for number, image in enumerate(content["images"]):
        image["file_name"] = f"/mnt/{number}/a.jpg"
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=rf"{file}: /mnt/0/a.jpg and /mnt/1/a.jpg are both called a.jpg: "):
        recognise(tmp_path)


def test_a_spreadsheet_is_named(tmp_path):
    made.photo(tmp_path / "0.png")
    (tmp_path / "boxes.xlsx").write_bytes(b"PK")
    with pytest.raises(ValueError, match=r"boxes.xlsx is a spreadsheet: save it as CSV$"):
        recognise(tmp_path)


def test_a_table_without_a_header_is_named(tmp_path):
    """As keras-retinanet has it."""
    made.table(tmp_path)
    table = tmp_path / "boxes.csv"
    table.write_text(table.read_text().partition("\n")[2])
    with pytest.raises(ValueError, match=r"boxes.csv begins with 0.png; its first line must name the columns: file"):
        recognise(tmp_path)


def test_a_table_that_lacks_columns_is_named(tmp_path):
    made.table(tmp_path)
    table = tmp_path / "boxes.csv"
    table.write_text(table.read_text().replace("xmax,ymax", "x_to,y_to"))
    message = "boxes.csv has the columns filename, xmin, ymin, x_to, y_to, class, and none that is known for x2, y2"
    with pytest.raises(ValueError, match=re.escape(message)):
        recognise(tmp_path)


@pytest.mark.parametrize("make", [made.usual, made.voc_without_lists, made.coco_of_roboflow, made.table])
def test_images_from_another_disk_may_compose_letters_otherwise(tmp_path, make):
    make(tmp_path)
    for file in [each for each in tmp_path.rglob("*") if each.is_file()]:
        if file.suffix in (".json", ".csv"):
            file.write_text(re.sub(r"(\d+\.(?:jpg|png))", r"é\1", file.read_text()))
        else:
            form = "NFC" if file.parent.name in ("masks", "annotations") else "NFD"
            file.rename(file.with_name(unicodedata.normalize(form, f"é{file.name}")))
    assert len(recognise(tmp_path).images) in (3, EVERY)


def test_masks_of_objects_may_say_more_in_their_names(tmp_path):
    made.masks_beside(tmp_path)
    for mask in [*tmp_path.glob("*/masks/*.png")]:
        name, number = mask.stem.split("_")
        mask.rename(mask.with_name(f"{name}_leaf_{number}.png"))
    assert recognise(tmp_path).arguments["masks"] == "{split}/masks/{name}_*_*"


def test_a_mask_that_holds_what_the_file_of_names_lacks_is_named(tmp_path):
    made.prefixes(tmp_path)
    (tmp_path / "classes.txt").write_text("ground\nleaf\nstem\n")
    made.mask(tmp_path / "labels" / "mask_3.tif", (0, 1, 77))
    assert recognise(tmp_path).classes == ["ground", "leaf", "stem"]
    assert noted(tmp_path, "1 of 10 masks hold what it does not name: ", "mask_3.tif holds 77")
    for k in range(4, 8):
        made.mask(tmp_path / "labels" / f"mask_{k}.tif", (0, 1, 77))
    assert noted(tmp_path, "masks hold 0, 1, 2, 77, 255, of which classes.txt does not name 77")


def test_what_is_below_zero_or_called_so_is_void(tmp_path):
    for k in range(6):
        made.photo(tmp_path / "images" / f"{k}.png", k)
        made.mask(tmp_path / "masks" / f"{k}.tif", (-1, 0, 1), "I")
    arguments = recognise(tmp_path).arguments
    assert (arguments["classes"], arguments["void"]) == (["class_0", "class_1"], -1)
    assert noted(tmp_path, "-1 is void")
    for k in range(6):
        made.mask(tmp_path / "masks" / f"{k}.tif", (0, 1, 2))
    (tmp_path / "classes.txt").write_text("unlabelled\nleaf\nstem\n")
    arguments = recognise(tmp_path).arguments
    assert (arguments["classes"], arguments["void"]) == ({"leaf": 1, "stem": 2}, 0)
    (tmp_path / "classes.txt").write_text("unlabelled\nleaf\n")
    for k in range(6):
        made.mask(tmp_path / "masks" / f"{k}.tif", (0, 1))
    assert recognise(tmp_path).classes == ["unlabelled", "leaf"]  # the ground of one class


@pytest.mark.parametrize("soft", [1, EVERY])
def test_masks_whose_edges_blend_are_named(tmp_path, soft):
    made.prefixes(tmp_path)
    for k in range(soft):
        blended = np.arange(made.SIZE[0] * made.SIZE[1]).reshape(made.SIZE) % 200
        Image.fromarray(blended.astype(np.uint8)).save(tmp_path / "labels" / f"mask_{k}.tif")
    with pytest.raises(ValueError, match=r"mask_0\.tif (alone )?holds \d+.*, as after a resize that blends"):
        recognise(tmp_path)


@pytest.mark.parametrize("per_mask", [3, 12])  # in all fewer and more than classes can be
def test_masks_with_a_colour_for_each_object_are_no_classes(tmp_path, per_mask):
    made.prefixes(tmp_path)
    masks = [*(tmp_path / "labels").iterdir()]
    colours = np.random.default_rng(0).integers(30, 256, (len(masks), per_mask, 3), dtype=np.uint8)
    for mask, mine in zip(masks, colours, strict=True):
        pixels = np.zeros((24, 3, 3), np.uint8)
        pixels[:per_mask] = mine[:, None]
        Image.fromarray(pixels).resize(made.SIZE[::-1], Image.Resampling.NEAREST).save(mask)
    count = len(masks) * per_mask
    with pytest.raises(
        ValueError, match=f"; {count} of these {count + 1} colours are in one mask alone, as of objects"
    ):
        recognise(tmp_path)


def test_broken_files_are_left_to_the_data_check(tmp_path):
    made.prefixes(tmp_path)
    (tmp_path / "images" / "image_0.jpg").write_bytes(b"")
    (tmp_path / "images" / "image_5.jpg").write_text("<html>")
    whole = (tmp_path / "labels" / "mask_9.tif").read_bytes()
    (tmp_path / "labels" / "mask_9.tif").write_bytes(whole[: len(whole) // 2])
    assert len(recognise(tmp_path).images) == EVERY
    assert noted(tmp_path, "1 of 10 masks that were looked at cannot be read", "mask_9.tif")


def test_images_in_folders_that_are_not_read_are_counted(tmp_path):
    made.prefixes(tmp_path)
    for k in range(3):
        made.photo(tmp_path / "more" / f"{k}.jpg", 40 + k)
    assert noted(tmp_path, "3 other image files are left out", "more/0.jpg")


def test_names_that_fit_no_pattern_make_no_pair(tmp_path):
    """Frames in steps of a hundred: a pattern that ends in digits fits a few of them, and masks alone would pair so."""
    for k in range(12):
        made.photo(tmp_path / "tiles" / f"seq_{k * 100:06d}.jpg", k)
        made.mask(tmp_path / "masks" / f"seq_{k * 100:06d}.png", (0, 1, 2))
    found = recognise(tmp_path)
    assert (found.arguments["images"], found.arguments["masks"]) == ("tiles/{name}", "masks/{name}")
    assert (len(found.images), {image.parent.name for image in found.images}) == (12, {"tiles"})


def test_images_without_a_mask_do_not_change_how_names_are_paired(tmp_path):
    made.prefixes(tmp_path)
    for k in (0, 4, 9):
        (tmp_path / "labels" / f"mask_{k}.tif").unlink()
    found = recognise(tmp_path)
    assert (found.arguments["images"], found.arguments["masks"]) == ("images/image_{name}", "labels/mask_{name}")


@pytest.mark.parametrize("make", [made.usual, made.voc_without_lists, made.yolo, made.coco_outlines])
def test_links_to_folders_are_followed_once(tmp_path, make):
    (tmp_path / "disk").mkdir()
    make(tmp_path / "disk")
    (tmp_path / "data").mkdir()
    for inside in [*(tmp_path / "disk").iterdir()]:
        (tmp_path / "data" / inside.name).symlink_to(inside)
    plain = recognise(tmp_path / "disk")
    (tmp_path / "data" / "again").symlink_to(tmp_path / "data")
    found = recognise(tmp_path / "data")
    assert (found.arguments, len(found.images)) == (plain.arguments, len(plain.images))
