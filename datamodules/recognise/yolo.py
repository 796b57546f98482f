"""Boxes in the text files of YOLO."""

from collections.abc import Iterator
from pathlib import Path

from datamodules.patterns import named_files
from datamodules.recognise.places import widest
from datamodules.recognise.recognised import Recognised
from datamodules.yolo import class_names


def recognise(root: Path) -> Iterator[Recognised]:
    """A YAML file of names, and text files in folders called `labels`."""
    named_in = [file for file in sorted(root.glob("*.y*ml")) if "names:" in file.read_text(errors="replace")]
    family = widest({file.parent.relative_to(root).as_posix() for file in root.rglob("labels/**/*.txt")})
    if not named_in or family is None:
        return
    images = f"{family.pattern.replace('labels', 'images')}/{{name}}"
    arguments = {"images": images, "boxes": f"{family.pattern}/{{name}}.txt", "names_file": named_in[0].name}
    usual = {"images": "{split}/images/{name}", "boxes": "{split}/labels/{name}.txt", "names_file": "data.yaml"}
    kept = {key: value for key, value in arguments.items() if value != usual[key]}
    files = list(named_files(root, f"{family.training.replace('labels', 'images')}/{{name}}", "train").values())
    yield Recognised("Detection", "YoloBoxes", {**kept, **family.splits}, class_names(named_in[0]), files, family.notes)
