"""Boxes in the JSON files of COCO."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from datamodules.coco_file import KINDS
from datamodules.recognise.places import widest
from datamodules.recognise.recognised import Recognised

USUAL = {"annotations": "{split}/boxes.json", "images": "{split}/images"}


def recognise(root: Path) -> Recognised | None:
    """JSON files of images, categories and annotations, and where the images lie."""
    documents = {file.relative_to(root).as_posix(): content for file, content in _documents(root)}
    family = widest(path for path in documents if "captions" not in path and "keypoints" not in path)
    if family is None:
        return None
    path, document = family.training, documents[family.training]
    images = [each["file_name"] for each in document["images"] if isinstance(each.get("file_name"), str)]
    folder = _folder(root, (root / path).parent, images)
    if folder is None:
        raise ValueError(
            f"{root / path} names {images[0] if images else 'no images'}, and no such file is below {root}"
        )
    patterns = {"annotations": family.pattern, "images": family.beside(folder.relative_to(root).as_posix())}
    arguments = {} if patterns == USUAL else patterns
    used = {each.get("category_id") for each in document["annotations"]}
    classes = [each["name"] for each in document["categories"] if each["id"] in used]
    files = [folder / name for name in images]
    return Recognised("Detection", "CocoBoxes", {**arguments, **family.splits}, classes, files, family.notes)


def _documents(root: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for file in sorted(root.rglob("*.json")):
        try:
            content = json.loads(file.read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(content, dict) and all(isinstance(content.get(kind), list) for kind in KINDS):
            yield file, content


def _folder(root: Path, beside: Path, images: Sequence[str]) -> Path | None:
    """The folder that the names in a file are seen from: the nearest one that has the first."""
    if not images:
        return None
    folders = [beside, *(Path(folder) for folder, _, _ in os.walk(root))]
    there = [folder for folder in folders if (folder / images[0]).is_file() and (folder / images[-1]).is_file()]
    return there[0] if there else None
