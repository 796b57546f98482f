"""One contract for every data module; the classes are found by being there."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import datamodules
from datamodules import (
    CamVid,
    ClassFolders,
    CocoBoxes,
    CocoMasks,
    DenseData,
    DigitClasses,
    Digits,
    ImageMaskFolder,
    InstanceBoxes,
    InstanceMasks,
    TableBoxes,
    VocBoxes,
    YoloBoxes,
    YoloMasks,
)
from experiments.trial.contracts.data import CONTRACT
from tests.datamodules import coco_layout, voc_layout
from tests.datamodules.named import layouts
from tests.walk import subclasses

NAMES = "abcdef"
SMALL = {"image_size": 32, "batch_size": 2}
BASES = {"BoxData", "MaskData", "PaintedMasks"}  # abstract


def _image(path: Path, seed: int, suffix: str = ".png") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path.with_suffix(suffix))


def _masks(root: Path, labels: int) -> Path:
    """Six images and masks that hold every label, in each split."""
    for split in ("train", "val", "test"):
        for seed, name in enumerate(NAMES):
            _image(root / split / "images" / name, seed)
            mask = (np.arange(48, dtype=np.uint8) % labels).reshape(6, 8)
            (root / split / "masks").mkdir(parents=True, exist_ok=True)
            Image.fromarray(mask).save(root / split / "masks" / f"{name}.png")
    return root


def _coco(root: Path) -> CocoBoxes:
    for split in ("train", "val", "test"):
        document = coco_layout.document()
        entry, boxes = document["images"][0], document["annotations"]
        document["images"] = [{**entry, "id": i, "file_name": f"{name}.png"} for i, name in enumerate(NAMES)]
        kinds = [*boxes, {**boxes[0], "category_id": 9}]
        document["annotations"] = [
            {**box, "id": 10 * i + k, "image_id": i} for i in range(len(NAMES)) for k, box in enumerate(kinds)
        ]
        coco_layout.write(root, split, json.loads(json.dumps(document)))
        for seed, name in enumerate(NAMES):
            _image(root / split / "images" / name, seed)
    return coco_layout.coco(root)


def _outlines(root: Path) -> CocoMasks:
    for split in ("train", "val"):
        images = [{"id": i, "file_name": f"{name}.png", "height": 6, "width": 8} for i, name in enumerate(NAMES)]
        drawn = [
            {"id": i, "image_id": i, "category_id": 1, "segmentation": [[1, 1, 5, 1, 5, 5]]} for i in range(len(NAMES))
        ]
        content = {"images": images, "annotations": drawn, "categories": [{"id": 1, "name": "cat"}]}
        for seed, name in enumerate(NAMES):
            _image(root / split / name, seed)
        (root / split / "_annotations.coco.json").write_text(json.dumps(content))
    return CocoMasks(str(root), (6, 8), batch_size=2)


def _instances(root: Path) -> str:
    for split in ("train", "val"):
        for seed, name in enumerate(NAMES):
            _image(root / split / "images" / name, seed)
            for number in range(2):
                mask = np.zeros((6, 8), np.uint8)
                mask[1:4, 4 * number : 4 * number + 3] = 255
                (root / split / "masks").mkdir(exist_ok=True)
                Image.fromarray(mask).save(root / split / "masks" / f"{name}_{number}.png")
    return str(root)


def _voc(root: Path) -> VocBoxes:
    for seed, name in enumerate(NAMES):
        _image(root / "JPEGImages" / name, seed, ".jpg")
        voc_layout.annotate(root, name, [("dog", 0, 1, 4, 6), ("cat", 5, 2, 8, 4)])
    for split in ("train", "val", "test"):
        voc_layout.list_images(root, split, list(NAMES))
    return voc_layout.voc(root)


def _yolo(root: Path) -> YoloBoxes:
    (root / "data.yaml").write_text("names: [cat, dog]")
    for split in ("train", "val", "test"):
        (root / split / "labels").mkdir(parents=True, exist_ok=True)
        for seed, name in enumerate(NAMES):
            _image(root / split / "images" / name, seed)
            (root / split / "labels" / f"{name}.txt").write_text("0 .5 .5 .5 .5\n1 .25 .5 .5 .5\n")
    return YoloBoxes(str(root), (6, 8), batch_size=2)


def _polygons(root: Path) -> YoloMasks:
    _yolo(root)
    for file in root.rglob("labels/*.txt"):
        file.write_text("0 0 0 .5 0 .5 1 0 1\n1 .5 0 .8 0 .8 1 .5 1\n")
    return YoloMasks(str(root), (6, 8), batch_size=2)


def _table(root: Path) -> TableBoxes:
    rows = [f"{name}.png,{label},0,1,4,6" for name in NAMES for label in ("cat", "dog")]
    for split in ("train", "val", "test"):
        (root / f"{split}.csv").write_text("\n".join(["image,class,x1,y1,x2,y2", *rows]))
    for seed, name in enumerate(NAMES):
        _image(root / name, seed)
    return TableBoxes(str(root), (6, 8), table="{split}.csv", batch_size=2)


def _classes(root: Path) -> ClassFolders:
    for seed, name in enumerate(f"{split}/{kind}/{k}" for split in ("train", "val") for kind in "ab" for k in range(3)):
        _image(root / name, seed)
    return ClassFolders(str(root), (6, 8), batch_size=2)


def _named(name: str, root: Path) -> DenseData:
    layouts.LAYOUTS[name](root)
    return layouts.data(name, root)


MAKERS: dict[type[DenseData], Callable[[Path], DenseData]] = {
    CamVid: lambda root: CamVid(str(_masks(root, 11)), size=(6, 8), batch_size=2),
    ClassFolders: _classes,
    CocoBoxes: _coco,
    CocoMasks: _outlines,
    DigitClasses: lambda _: DigitClasses(**SMALL, scale=(8, 16), train_images=6, val_images=2),
    Digits: lambda _: Digits(**SMALL, scale=(8, 16), train_scenes=6, val_scenes=2),
    ImageMaskFolder: lambda root: ImageMaskFolder(str(_masks(root, 3)), ["a", "b", "c"], (6, 8), batch_size=2),
    InstanceBoxes: lambda root: InstanceBoxes(_instances(root), (6, 8), batch_size=2),
    InstanceMasks: lambda root: InstanceMasks(_instances(root), (6, 8), batch_size=2),
    TableBoxes: _table,
    VocBoxes: _voc,
    YoloBoxes: _yolo,
    YoloMasks: _polygons,
    **{getattr(datamodules, name): partial(_named, name) for name in layouts.LAYOUTS},
}
FOUND = [cls for cls in subclasses(DenseData, "datamodules") if cls.__name__ not in BASES]


def test_every_data_module_is_made_here() -> None:
    assert {cls.__name__ for cls in FOUND} == {cls.__name__ for cls in MAKERS}


@pytest.mark.parametrize("holds", CONTRACT, ids=lambda holds: holds.__name__)
@pytest.mark.parametrize("cls", FOUND, ids=lambda cls: cls.__name__)
def test_contract(cls: type[DenseData], holds: Callable[[Callable[[], DenseData]], None], tmp_path: Path) -> None:
    MAKERS[cls](tmp_path)
    holds(lambda: MAKERS[cls](tmp_path))
