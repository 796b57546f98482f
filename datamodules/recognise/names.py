"""Files that name the classes of masks."""

import csv
import re
from collections.abc import Iterable
from pathlib import Path

from datamodules.files.texts import read_text
from datamodules.layouts.labels import Value

LISTS = ("classes.txt", "labels.txt", "class_names.txt", "obj.names")  # a name a line, in the order of the labels
TABLES = ("_classes.csv", "class_dict.csv", "label_colors.txt", "labelmap.txt")  # names beside numbers or colours


def class_values(root: Path) -> tuple[Path, dict[str, Value]] | None:
    """The names of the classes with what masks have for them, from the usual kinds of files below `root`.

    Raises:
        ValueError: If such a file is not UTF-8.
    """
    files = [file for file in sorted(root.rglob("*")) if file.name.lower() in (*LISTS, *TABLES)]
    for file in files:
        lines = read_text(file).splitlines()
        found = _listed(lines) if file.name.lower() in LISTS else dict(_rows(lines))
        if found:
            return file, found
    return None


def _listed(lines: Iterable[str]) -> dict[str, Value]:
    return {name: label for label, name in enumerate(line.strip() for line in lines if line.strip())}


def _rows(lines: Iterable[str]) -> Iterable[tuple[str, Value]]:
    """Of each line that holds a name with one number, or with three as a colour."""
    for cells in csv.reader(re.sub(r"[\s,;:]+", ",", line.strip()) for line in lines if not line.startswith("#")):
        numbers = [int(cell) for cell in cells if cell.isdecimal()]
        name = " ".join(cell for cell in cells if cell and not cell.isdecimal())
        if name and len(numbers) == 1:
            yield name, numbers[0]
        elif name and len(numbers) == 3 and max(numbers) < 256:
            yield name, "#{:02x}{:02x}{:02x}".format(*numbers)
