"""Boxes and outlines in the text files of YOLO."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from datamodules.broken import Broken
from datamodules.patterns import named_files
from datamodules.recognise.places import widest
from datamodules.recognise.recognised import Recognised
from datamodules.yolo_files import A_BOX, class_names, read_lines

GROUND = "background"


def recognise(root: Path) -> Iterator[Recognised]:
    """A YAML file of names, and text files in folders called `labels`.

    They are for segmentation first where objects were outlined; else for detection.
    """
    named_in = [file for file in sorted(root.glob("*.y*ml")) if "names:" in file.read_text(errors="replace")]
    family = widest({file.parent.relative_to(root).as_posix() for file in root.rglob("labels/**/*.txt")})
    if not named_in or family is None:
        return
    images, labels = f"{family.pattern.replace('labels', 'images')}/{{name}}", f"{family.pattern}/{{name}}.txt"
    classes = class_names(named_in[0])
    files = list(named_files(root, f"{family.training.replace('labels', 'images')}/{{name}}", "train").values())
    if _are_outlined(sorted((root / family.training).glob("*.txt")), classes):
        arguments = {**_but_usual(images, "outlines", labels, named_in[0].name), **family.splits}
        names = list(dict.fromkeys([GROUND, *classes]))
        yield Recognised("Segmentation", "YoloMasks", arguments, names, files, family.notes)
    arguments = {**_but_usual(images, "boxes", labels, named_in[0].name), **family.splits}
    yield Recognised("Detection", "YoloBoxes", arguments, classes, files, family.notes)


def _but_usual(images: str, kind: str, labels: str, names_file: str) -> dict[str, str]:
    """The arguments that are not the usual ones."""
    usual = {"images": "{split}/images/{name}", kind: "{split}/labels/{name}.txt", "names_file": "data.yaml"}
    given = {"images": images, kind: labels, "names_file": names_file}
    return {key: value for key, value in given.items() if value != usual[key]}


def _are_outlined(files: Sequence[Path], classes: Sequence[str]) -> bool:
    """Whether a line is a polygon, other than a rectangle that is its box."""
    lines = (line.shares for file in files for line in read_lines(file, classes, Broken()))
    return any(len(each) != A_BOX and (len(set(each[::2])) > 2 or len(set(each[1::2])) > 2) for each in lines)
