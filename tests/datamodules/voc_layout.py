"""A small data set in the layout of PASCAL VOC."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from datamodules import VocBoxes

OBJECT = "<object><name>{}</name><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox></object>"
SIZE = "<size><width>8</width><height>6</height></size>"

Object = tuple[str, float, float, float, float]


def annotate(root: Path, name: str, objects: Sequence[Object], size: str = SIZE) -> None:
    (root / "Annotations").mkdir(parents=True, exist_ok=True)
    found = "".join(OBJECT.format(*each) for each in objects)
    (root / "Annotations" / f"{name}.xml").write_text(f"<annotation>{size}{found}</annotation>")


def list_images(root: Path, split: str, names: Sequence[str]) -> None:
    (root / "ImageSets" / "Main").mkdir(parents=True, exist_ok=True)
    (root / "ImageSets" / "Main" / f"{split}.txt").write_text("".join(f"{name}\n" for name in names))


def make(root: Path) -> Path:
    """Images of 6×8 pixels: `a` of two objects and `none` without any, in each split."""
    (root / "JPEGImages").mkdir()
    for grey, name in ((40, "a"), (80, "none")):
        Image.fromarray(np.full((6, 8, 3), grey, np.uint8)).save(root / "JPEGImages" / f"{name}.jpg")
    annotate(root, "a", [("dog", 0, 1, 4, 6), ("cat", 5, 2, 8, 4)])
    annotate(root, "none", [])
    for split in ("train", "val", "test"):
        list_images(root, split, ["a", "none"])
    return root


def voc(root: Path, **arguments) -> VocBoxes:
    return VocBoxes(str(root), **{"size": (6, 8), "batch_size": 2, "mean": (0, 0, 0), "std": (1, 1, 1), **arguments})
