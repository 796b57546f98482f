"""Boxes and outlines in the text files of YOLO."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from datamodules.files.broken import Broken
from datamodules.files.images import SUFFIXES
from datamodules.layouts.patterns import files_below, named_files
from datamodules.layouts.yolo.files import A_BOX, class_names, read_lines
from datamodules.recognise.names import LISTS
from datamodules.recognise.places import folders_of, widest
from datamodules.recognise.recognised import Recognised

GROUND = "background"
KINDS = sorted({kind for suffix in SUFFIXES for kind in (suffix, suffix.upper())})
LINE = re.compile(r"\d+(\s+[-+.\deE]+){4,}")


def recognise(root: Path) -> Iterator[Recognised]:
    """Text files in folders called `labels`, or beside their images; and a file of names: `data.yaml`, `classes.txt`.

    They are for segmentation first where objects were outlined; else for detection.

    Raises:
        ValueError: If no file names the classes.
    """
    named_in = [file for file in sorted(root.glob("*.y*ml")) if b"names:" in file.read_bytes()]
    named_in += [file for name in LISTS for file in sorted(root.rglob(name))]
    texts = [file for file in files_below(root, {".txt"}) if file not in named_in and (named_in or _is_yolo(file))]
    folders = folders_of(root, texts)
    inside = widest({folder for folder in folders.values() if "labels" in folder.split("/")})
    beside = widest({folders[file] for file in texts if any(file.with_suffix(kind).exists() for kind in KINDS)})
    family = inside or beside
    if family is None:
        return
    if not named_in:
        raise ValueError(
            f"{texts[0]} is of YOLO's kind, and no file says what its classes are called; write"
            f" {root / 'classes.txt'} with a name a line"
        )
    images = f"{family.pattern.replace('labels', 'images')}/{{name}}".removeprefix("./")
    labels = f"{family.pattern}/{{name}}.txt".removeprefix("./")
    names_file = named_in[0].relative_to(root).as_posix()
    classes = class_names(named_in[0])
    training = f"{family.training.replace('labels', 'images')}/{{name}}".removeprefix("./")
    files = list(named_files(root, training, "train").values())
    if _are_outlined(sorted(file for file in texts if folders[file] == family.training), classes):
        arguments = {**_but_usual(images, "outlines", labels, names_file), **family.splits}
        names = list(dict.fromkeys([GROUND, *classes]))
        yield Recognised("Segmentation", "YoloMasks", arguments, names, files, family.notes)
    arguments = {**_but_usual(images, "boxes", labels, names_file), **family.splits}
    yield Recognised("Detection", "YoloBoxes", arguments, classes, files, family.notes)


def _is_yolo(file: Path) -> bool:
    """Whether a text file begins with a class and its numbers."""
    with file.open(encoding="utf-8-sig", errors="replace") as lines:
        return LINE.fullmatch(next(lines, "").strip()) is not None


def _but_usual(images: str, kind: str, labels: str, names_file: str) -> dict[str, str]:
    """The arguments that are not the usual ones."""
    usual = {"images": "{split}/images/{name}", kind: "{split}/labels/{name}.txt", "names_file": "data.yaml"}
    given = {"images": images, kind: labels, "names_file": names_file}
    return {key: value for key, value in given.items() if value != usual[key]}


def _are_outlined(files: Sequence[Path], classes: Sequence[str]) -> bool:
    """Whether a line is a polygon, other than a rectangle that is its box."""
    lines = (line.shares for file in files for line in read_lines(file, classes, Broken()))
    return any(len(each) != A_BOX and (len(set(each[::2])) > 2 or len(set(each[1::2])) > 2) for each in lines)
