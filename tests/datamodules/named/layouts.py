"""Small data sets in the layouts of those that have names."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat

import datamodules
from datamodules import DenseData
from datamodules.named.cityscapes import CLASSES as STREETS
from datamodules.named.pascal import CLASSES as THINGS
from tests.datamodules.voc_layout import annotate, list_images

NAMES = "abcdef"
SIZE = (6, 8)
SMALL = {"size": SIZE, "batch_size": 2}


def photo(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (*SIZE, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def mask(path: Path, values: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(values, np.uint8).reshape(SIZE)).save(path)


def numbers(labels: int, first: int = 0) -> np.ndarray:
    """All labels in turn, from another one on in each image."""
    return (np.arange(SIZE[0] * SIZE[1]) + first * SIZE[0] * SIZE[1]) % labels


def ade20k(root: Path) -> None:
    for split in ("training", "validation"):
        for seed, name in enumerate(NAMES):
            photo(root / "ADEChallengeData2016" / "images" / split / f"ADE_{name}.jpg", seed)
            mask(root / "ADEChallengeData2016" / "annotations" / split / f"ADE_{name}.png", numbers(151, seed))


def cityscapes(root: Path) -> None:
    ids = np.array([-1 % 256, *(each.id for each in STREETS)])
    for split in ("train", "val"):
        for seed, name in enumerate(NAMES):
            city = f"{split}/ulm/ulm_{name}_"
            photo(root / "leftImg8bit" / f"{city}leftImg8bit.png", seed)
            mask(root / "gtFine" / f"{city}gtFine_labelIds.png", ids[1:][numbers(len(STREETS))])


def coco2017(root: Path) -> None:
    drawn = [[1, 1, 5, 1, 5, 5]]
    for split in ("train2017", "val2017"):
        for seed, name in enumerate(NAMES):
            photo(root / split / f"{name}.jpg", seed)
        content = {
            "images": [{"id": i, "file_name": f"{name}.jpg", "height": 6, "width": 8} for i, name in enumerate(NAMES)],
            "annotations": [
                {"id": i, "image_id": i, "category_id": 1, "bbox": [1, 1, 4, 4], "segmentation": drawn}
                for i in range(6)
            ],
            "categories": [{"id": 1, "name": "person"}],
        }
        (root / "annotations").mkdir(exist_ok=True)
        (root / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))


def oxford_pets(root: Path) -> None:
    place = root / "oxford-iiit-pet"
    for seed, name in enumerate(f"cat_{letter}" for letter in NAMES):
        photo(place / "images" / f"{name}.jpg", seed)
        mask(place / "annotations" / "trimaps" / f"{name}.png", 1 + numbers(3))
    lines = "".join(f"cat_{letter} 1 1 1\n" for letter in NAMES)
    for split in ("trainval", "test"):
        (place / "annotations" / f"{split}.txt").write_text(lines)


def pascal(root: Path) -> None:
    place = root / "VOCdevkit" / "VOC2012"
    for seed, name in enumerate(NAMES):
        photo(place / "JPEGImages" / f"{name}.jpg", seed)
        mask(place / "SegmentationClass" / f"{name}.png", numbers(len(THINGS) + 1))
        annotate(place, name, [(thing, 1, 1, 4, 6) for thing in THINGS])
    photo(place / "JPEGImages" / "boxes_only.jpg", 9)
    for split in ("train", "val"):
        list_images(place, split, list(NAMES))
        (place / "ImageSets" / "Segmentation").mkdir(exist_ok=True)
        (place / "ImageSets" / "Segmentation" / f"{split}.txt").write_text("\n".join(NAMES))


def penn_fudan(root: Path) -> None:
    for seed, name in enumerate(NAMES):
        photo(root / "PennFudanPed" / "PNGImages" / f"{name}.png", seed)
        mask(root / "PennFudanPed" / "PedMasks" / f"{name}_mask.png", numbers(1 + seed % 3 + 1))


def sbd(root: Path) -> None:
    for seed, name in enumerate(NAMES):
        photo(root / "img" / f"{name}.jpg", seed)
        (root / "cls").mkdir(exist_ok=True)
        labels = numbers(len(THINGS) + 1).reshape(SIZE).astype(np.uint8)
        savemat(root / "cls" / f"{name}.mat", {"GTcls": {"Segmentation": labels}})
    for split in ("train", "val"):
        (root / f"{split}.txt").write_text("\n".join(NAMES))


LAYOUTS: dict[str, Callable[[Path], None]] = {
    "Ade20k": ade20k,
    "Cityscapes": cityscapes,
    "Coco2017Boxes": coco2017,
    "Coco2017Masks": coco2017,
    "OxfordPets": oxford_pets,
    "PascalBoxes": pascal,
    "PascalMasks": pascal,
    "PennFudanBoxes": penn_fudan,
    "PennFudanMasks": penn_fudan,
    "Sbd": sbd,
}


def data(name: str, root: Path, **arguments: object) -> DenseData:
    """A data set of a name, whose layout lies in `root`."""
    return getattr(datamodules, name)(str(root), **{**SMALL, **arguments})
