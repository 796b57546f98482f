"""Boxes in a CSV file."""

import csv
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path

from datamodules.absent import stored
from datamodules.patterns import files_below, images_below
from datamodules.recognise.places import WORDS, Family, widest
from datamodules.recognise.recognised import Recognised
from datamodules.table import KNOWN

SPLITS = ("split", "set", "subset", "partition", "usage")  # what a column is called that says the split


def recognise(root: Path) -> Iterator[Recognised]:
    """CSV files with a column for the image, the class and each corner."""
    files = filter(_is_table, sorted(files_below(root, {".csv"})))
    tables = {file.relative_to(root).as_posix(): file for file in files}
    family = widest(tables)
    if family is None:
        return
    path = family.training
    with (root / path).open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        rows = list(csv.DictReader(lines))
    column = {key: next(name for name in names if name in rows[0]) for key, names in KNOWN.items()}
    told = next((name for name in SPLITS if name in rows[0]), "")
    if in_column := _in_column({row[told] or "" for row in rows} if told else ()):
        rows = [row for row in rows if row[told] == in_column.names["train"]]
    images = sorted({row[column["image"]] or "" for row in rows} - {""})
    folder = next(
        (each.parents[images[0].count("/")] for each in images_below(root) if _is_called(each, images[0])), None
    )
    if folder is None:
        raise ValueError(f"{root / path} names {images[0]}, and no such file is below {root}")
    place = folder.relative_to(root).as_posix()
    where = {} if place == "." else {"images": family.beside(place)}
    columns = {"columns": {"split": told}} if in_column else {}
    splits = in_column or family
    arguments = {"table": family.pattern, **where, **columns, **splits.splits}
    classes = sorted({row[column["class"]] or "" for row in rows} - {""})
    found = list(stored(folder / name for name in images).values())
    yield Recognised("Detection", "TableBoxes", arguments, classes, found, splits.notes)


def unfit(root: Path) -> str:
    """What the first table lacks that names images and is not of boxes."""
    for file in sorted(files_below(root, {".csv"})):
        header = _head(file)[0]
        lacks = [key for key, names in KNOWN.items() if not any(name in header for name in names)]
        if "image" not in lacks and lacks:
            return f". {file} has the columns {', '.join(header)}, and none that is known for {', '.join(lacks)}"
    return ""


def _is_called(file: Path, name: str) -> bool:
    """Whether a file's path ends in a name, whose suffix may be missing."""
    path, name = (unicodedata.normalize("NFC", each) for each in (file.as_posix(), name))
    return f"/{name}" in (path[-len(name) - 1 :], path.removesuffix(file.suffix)[-len(name) - 1 :])


def _in_column(names: Collection[str]) -> Family | None:
    """The splits that a column's values name, where they name the training data."""
    splits = {WORDS[name.lower()]: name for name in names if name.lower() in WORDS}
    return Family("", splits) if "train" in splits else None


def _is_table(file: Path) -> bool:
    header, row = _head(file)
    return bool(row) and all(any(name in header for name in names) for names in KNOWN.values())


def _head(file: Path) -> tuple[list[str], list[str]]:
    """The first two rows of a CSV file."""
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        reader = csv.reader(lines)
        return next(reader, []), next(reader, [])
