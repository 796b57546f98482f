"""Boxes and outlines in the JSON files of COCO."""

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from datamodules.files.absent import stored
from datamodules.files.seen import images_in
from datamodules.files.texts import NotUtf8
from datamodules.layouts.coco.file import KINDS, document
from datamodules.layouts.patterns import files_below, folders_below
from datamodules.recognise.places import widest
from datamodules.recognise.recognised import Recognised
from datamodules.recognise.unnamed import unnamed

BOXES = {"annotations": "{split}/boxes.json", "images": "{split}/images"}  # what each data module takes by default
MASKS = {"annotations": "{split}/_annotations.coco.json", "images": "{split}"}
GROUND = "background"


def recognise(root: Path) -> Iterator[Recognised]:
    """JSON files of images, categories and annotations, and where the images lie.

    They are for segmentation first where objects were outlined, and not by rectangles alone; else for detection.
    """
    documents = {file.relative_to(root).as_posix(): content for file, content in _documents(root)}
    family = widest(path for path in documents if "captions" not in path and "keypoints" not in path)
    if family is None:
        return
    path, content = family.training, documents[family.training]
    images = _images(root / path, content)
    folder = _folder(root, (root / path).parent, images)
    if folder is None:
        raise ValueError(
            f"{root / path} names {images[0] if images else 'no images'}, and no such file is below {root}"
        )
    patterns = {"annotations": family.pattern, "images": family.beside(folder.relative_to(root).as_posix())}
    files = list(stored(folder / name for name in images).values())
    left_out, classes = _classes(root / path, content)
    named, notes = ({"classes": classes} if left_out else {}), [*family.notes]
    if left_out:
        notes.append(f"no object is of {', '.join(left_out)}, left out")
    notes += unnamed(files, [name for file, each in documents.items() for name in _images(root / file, each)])
    if any(map(_is_outlined, content["annotations"])):
        labels = list(dict.fromkeys([GROUND, *classes]))
        arguments = {**_but(MASKS, patterns), **({"classes": labels} if named else {}), **family.splits}
        yield Recognised("Segmentation", "CocoMasks", arguments, labels, files, notes)
    arguments = {**_but(BOXES, patterns), **named, **family.splits}
    yield Recognised("Detection", "CocoBoxes", arguments, classes, files, notes)


def _images(file: Path, content: Mapping[str, Any]) -> list[str]:
    named = (name for each in content["images"] if isinstance(name := each.get("file_name"), str))
    return list(images_in(file, named).values())


def _classes(file: Path, content: Any) -> tuple[list[str], list[str]]:
    """The categories that no object is of, and those that one is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # who reads the data says it
        try:
            read = document(content)
            used = {name for _, _, name in read.objects()}
        except ValueError as error:
            raise ValueError(f"cannot read {file}: {error}") from error
    names = list(read.names.values())
    return [name for name in names if name not in used], [name for name in names if name in used]


def _is_outlined(annotation: Any) -> bool:
    """Whether an object has an outline, other than a rectangle that is its box."""
    found = annotation.get("segmentation")
    if not found or isinstance(found, dict):
        return bool(found)
    polygon = found[0] if isinstance(found[0], list) else found
    return len(set(polygon[::2])) > 2 or len(set(polygon[1::2])) > 2


def _but(usual: Mapping[str, str], patterns: Mapping[str, str]) -> dict[str, str]:
    """The patterns, where they are not the usual ones."""
    return {} if patterns == usual else dict(patterns)


def _documents(root: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for file in sorted(files_below(root, {".json"})):
        try:
            content = json.loads(file.read_bytes())
        except UnicodeDecodeError as error:
            if all(kind.encode() in error.object for kind in KINDS):
                raise NotUtf8(file, error) from error
            continue
        except (OSError, ValueError):
            continue
        if isinstance(content, dict) and all(isinstance(content.get(kind), list) for kind in KINDS):
            yield file, content


def _folder(root: Path, beside: Path, images: Sequence[str]) -> Path | None:
    """The folder that the names in a file are seen from: the nearest one that has the first."""
    if not images:
        return None
    folders = [beside, *(folder for folder, _ in folders_below(root))]
    ends = {images[0], images[-1]}
    there = [folder for folder in folders if len(stored(folder / name for name in ends)) == len(ends)]
    return there[0] if there else None
