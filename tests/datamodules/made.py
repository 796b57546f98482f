"""Small data sets as people have them: every layout that is recognised, on random pictures."""

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = (40, 48)  # height and width
BOX = (8, 4, 28, 24)  # x1, y1, x2, y2 of the one object


def photo(path: Path, seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (*SIZE, 3), dtype=np.uint8)).save(path)


def mask(path: Path, values: Iterable[object], mode: str = "L") -> None:
    """A mask of stripes, a value each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new(mode, SIZE[::-1], 0)
    values = list(values)
    for k, value in enumerate(values):
        image.paste(value, (k * SIZE[1] // len(values), 0, SIZE[1], SIZE[0]))
    image.save(path)


def binary_in_one_folder(root: Path) -> None:
    """As Kaggle's: `7.jpg` beside `7_mask.png`, of 0 and 255."""
    for k in range(12):
        photo(root / f"{k}.jpg", k)
        mask(root / f"{k}_mask.png", (0, 255))


def colours_beside(root: Path) -> None:
    """As CamVid's first release: `train` and `train_labels`, masks in colours, names in a table."""
    for split in ("train", "val", "test"):
        for k in range(4):
            photo(root / split / f"{k}.png", k)
            mask(root / f"{split}_labels" / f"{k}_L.png", ("#804080", "#0000c0", "#000000"), "RGB")
    (root / "class_dict.csv").write_text("name,r,g,b\nRoad,128,64,128\nSign,0,0,192\nVoid,0,0,0\n")


def prefixes(root: Path) -> None:
    """`images/image_3.jpg` and `labels/mask_3.tif`, labels 0 to 2 and 255, in no splits."""
    for k in range(10):
        photo(root / "images" / f"image_{k}.jpg", k)
        mask(root / "labels" / f"mask_{k}.tif", (0, 1, 2, 255))


def gifs(root: Path) -> None:
    """As Carvana: `train/a.jpg` and `train_masks/a_mask.gif`, of 0 and 1."""
    for k in range(10):
        photo(root / "train" / f"car{k:02}.jpg", k)
        mask(root / "train_masks" / f"car{k:02}_mask.gif", (0, 1))


def listed(root: Path) -> None:
    """As VOC's segmentation: all images in one folder, and lists of the splits; those of boxes have other images."""
    for k in range(10):
        photo(root / "JPEGImages" / f"{k:02}.jpg", k)
        mask(root / "SegmentationClass" / f"{k:02}.png", (0, 1, 2, 255))
    for kind, more in (("Segmentation", ""), ("Main", "77\n")):
        (root / "ImageSets" / kind).mkdir(parents=True)
        for split, places in (("train", range(6)), ("val", range(6, 9)), ("trainval", range(9))):
            (root / "ImageSets" / kind / f"{split}.txt").write_text("".join(f"{k:02}\n" for k in places) + more)


def scenes(root: Path) -> None:
    """`garden/rgb/0.jpg` and `garden/label/0.png`, a folder for each scene."""
    for k in range(12):
        place = root / ("garden", "street", "yard")[k % 3]
        photo(place / "rgb" / f"{k}.jpg", k)
        mask(place / "label" / f"{k}.png", (0, 1, 2))


def usual(root: Path) -> None:
    """`train/images/a.png` and `train/masks/a.png`, with `valid` for the validation data."""
    for split in ("train", "valid"):
        for k in range(3):
            photo(root / split / "images" / f"{k}.png", k)
            mask(root / split / "masks" / f"{k}.png", (0, 1, 2))


def coco_of_roboflow(root: Path) -> None:
    """`train/_annotations.coco.json` beside its images, with a category that only heads the others."""
    for split in ("train", "valid"):
        images = [{"id": k, "file_name": f"{k}.jpg", "height": SIZE[0], "width": SIZE[1]} for k in range(3)]
        heads = [{"id": 0, "name": "pets", "supercategory": "none"}]
        categories = [*heads, {"id": 1, "name": "cat", "supercategory": "pets"}]
        boxes = [
            {"id": k, "image_id": k, "category_id": 1, "bbox": [BOX[0], BOX[1], BOX[2] - BOX[0], BOX[3] - BOX[1]]}
            for k in range(3)
        ]
        for k in range(3):
            photo(root / split / f"{k}.jpg", k)
        document = {"images": images, "categories": categories, "annotations": boxes}
        (root / split / "_annotations.coco.json").write_text(json.dumps(document))


def coco_outlines(root: Path, outline: Sequence[float] = (8, 4, 28, 4, 18, 24), more: Sequence[object] = ()) -> None:
    """As COCO's own: `annotations/train.json` beside `train`; a cat as a polygon, a dog as a run-length code."""
    dog = {"size": list(SIZE), "counts": [0, 4 * SIZE[0], SIZE[0] * (SIZE[1] - 4)]}  # the first four columns
    for split in ("train", "val"):
        images = [{"id": k, "file_name": f"{k}.jpg", "height": SIZE[0], "width": SIZE[1]} for k in range(3)]
        drawn = {1: {"bbox": [8, 4, 20, 20], "segmentation": [list(outline)]}, 2: {"bbox": [0, 0, 4, SIZE[0]]}}
        drawn[2]["segmentation"] = dog if len(outline) == 6 else []
        objects = [
            {"id": 2 * k + c, "image_id": k, "category_id": c, **each} for k in range(3) for c, each in drawn.items()
        ]
        for k in range(3):
            photo(root / split / f"{k}.jpg", k)
        categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}, *more]
        (root / "annotations").mkdir(exist_ok=True)
        content = {"images": images, "categories": categories, "annotations": objects}
        (root / "annotations" / f"{split}.json").write_text(json.dumps(content))


def objects(path: Path, numbers: Sequence[int], box: tuple[int, int, int, int] = BOX) -> None:
    """A mask of squares beside each other, a number each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("L", SIZE[::-1], 0)
    for k, number in enumerate(numbers):
        image.paste(number, (box[0] + 5 * k, box[1], box[0] + 5 * k + 4, box[3]))
    image.save(path)


def numbers_of_objects(root: Path) -> None:
    """As PennFudan: `PNGImages/a.png` and `PedMasks/a_mask.png`, with 1, 2, 3 for the pedestrians."""
    for k in range(10):
        photo(root / "PNGImages" / f"Ped{k:02}.png", k)
        objects(root / "PedMasks" / f"Ped{k:02}_mask.png", range(1, 2 + k % 4))


def folder_of_masks(root: Path) -> None:
    """As the Data Science Bowl of 2018: `stage1_train/<id>/images/<id>.png` and `<id>/masks/*.png`, a nucleus each."""
    for k in range(10):
        place = root / "stage1_train" / f"id{k:02}"
        photo(place / "images" / f"{place.name}.png", k)
        for nucleus in range(1 + k % 3):
            objects(place / "masks" / f"{100 * k + nucleus}.png", (255,), (5 * nucleus, 4, 0, 24))


def masks_beside(root: Path) -> None:
    """`train/images/a.png` and `train/masks/a_0.png`, `a_1.png`, an object each."""
    for split in ("train", "val"):
        for k in range(4):
            photo(root / split / "images" / f"{k}.png", k)
            for number in range(2):
                objects(root / split / "masks" / f"{k}_{number}.png", (255,), (9 * number, 4, 0, 24))


def voc_without_lists(root: Path) -> None:
    """As Kaggle's: `images` of mixed suffixes and `annotations`, in no splits."""
    for k in range(10):
        photo(root / "images" / f"{k}{('.png', '.jpg')[k % 2]}", k)
        corners = "<xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax>".format(*BOX)
        size = f"<size><width>{SIZE[1]}</width><height>{SIZE[0]}</height></size>"
        found = f"<object><name>dog</name><bndbox>{corners}</bndbox></object>"
        (root / "annotations").mkdir(exist_ok=True)
        (root / "annotations" / f"{k}.xml").write_text(f"<annotation>{size}{found}</annotation>")


def yolo(root: Path) -> None:
    """As ultralytics': `images/train` and `labels/train`."""
    (root / "data.yaml").parent.mkdir(parents=True, exist_ok=True)
    (root / "data.yaml").write_text("path: .\ntrain: images/train\nval: images/val\nnames: {0: cat, 1: dog}\n")
    for split in ("train", "val"):
        (root / "labels" / split).mkdir(parents=True)
        for k in range(3):
            photo(root / "images" / split / f"{k}.jpg", k)
            (root / "labels" / split / f"{k}.txt").write_text(f"{k % 2} 0.4 0.4 0.3 0.4\n")


def yolo_beside(root: Path) -> None:
    """As LabelImg writes it: `0.jpg` beside `0.txt`, and `classes.txt`."""
    for k in range(10):
        photo(root / f"{k}.jpg", k)
        (root / f"{k}.txt").write_text("0 0.4 0.4 0.3 0.4\n1 0.6 0.6 0.2 0.2\n")
    (root / "classes.txt").write_text("cat\ndog\n")


def yolo_outlines(root: Path) -> None:
    """As Roboflow's: `train/images` and `train/labels`, a polygon a line."""
    for split in ("train", "valid"):
        (root / split / "labels").mkdir(parents=True)
        for k in range(3):
            photo(root / split / "images" / f"{k}.jpg", k)
            lines = ["0 0.1 0.1 0.6 0.2 0.5 0.6", "1 0.5 0.5 0.9 0.5 0.9 0.9 0.5 0.9"]
            (root / split / "labels" / f"{k}.txt").write_text("\n".join(lines))
    (root / "data.yaml").write_text("train: ../train/images\nval: ../valid/images\nnc: 2\nnames: [cat, dog]\n")


def table(root: Path) -> None:
    """A CSV file with a row a box, and the images in a folder beside it."""
    for k in range(10):
        photo(root / "photos" / f"{k}.png", k)
    with (root / "boxes.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["filename", "xmin", "ymin", "xmax", "ymax", "class"])
        rows.writerows([f"{k}.png", *BOX, "fox"] for k in range(10))


def table_of_splits(root: Path) -> None:
    """A CSV file whose column says the split."""
    table(root)
    header, *rows = (root / "boxes.csv").read_text().splitlines()
    told = [f"{row},{('train', 'valid')[k % 5 == 0]}" for k, row in enumerate(rows)]
    (root / "boxes.csv").write_text("\n".join([f"{header},split", *told]))


def street_frames(root: Path) -> None:
    """CamVid as SegNet has it: `train` beside `trainannot`, twelve numbers, of which 11 is void."""
    for split in ("train", "val", "test"):
        for k in range(3):
            photo(root / split / f"0001TP_{k:06}.png", k)
            mask(root / f"{split}annot" / f"0001TP_{k:06}.png", range(12))


def folders_of_classes(root: Path) -> None:
    """As torchvision's ImageFolder: `train/cat/0.jpg`."""
    for split in ("train", "val"):
        for seed, name in enumerate(("cat", "dog")):
            for k in range(3):
                photo(root / split / name / f"{k}.jpg", 10 * seed + k)


def classes_in_no_splits(root: Path) -> None:
    """`oak/0.jpg` beside `elm/0.jpg`."""
    for seed, name in enumerate(("oak", "elm")):
        for k in range(6):
            photo(root / name / f"{k}.jpg", 10 * seed + k)


LAYOUTS = (
    binary_in_one_folder,
    colours_beside,
    prefixes,
    gifs,
    listed,
    scenes,
    usual,
    coco_of_roboflow,
    coco_outlines,
    numbers_of_objects,
    folder_of_masks,
    masks_beside,
    voc_without_lists,
    yolo,
    yolo_beside,
    yolo_outlines,
    table,
    table_of_splits,
    street_frames,
    folders_of_classes,
    classes_in_no_splits,
)
