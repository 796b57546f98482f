"""A small data set in the layout of COCO."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from datamodules import CocoBoxes


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


def make(root: Path) -> Path:
    """A split each of `document`."""
    for split in ("train", "val", "test"):
        write(root, split, document())
        for grey, name in ((40, "a"), (80, "none")):
            Image.fromarray(np.full((6, 8, 3), grey, np.uint8)).save(root / split / "images" / f"{name}.png")
    return root


def coco(root: Path, **arguments) -> CocoBoxes:
    return CocoBoxes(str(root), **{"size": (6, 8), "batch_size": 2, "mean": (0, 0, 0), "std": (1, 1, 1), **arguments})
