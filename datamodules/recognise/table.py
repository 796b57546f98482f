"""Boxes in a CSV file."""

import csv
from collections.abc import Collection, Iterator
from pathlib import Path

from datamodules.recognise.places import WORDS, Family, widest
from datamodules.recognise.recognised import Recognised
from datamodules.table import KNOWN

SPLITS = ("split", "set", "subset", "partition", "usage")  # what a column is called that says the split


def recognise(root: Path) -> Iterator[Recognised]:
    """CSV files with a column for the image, the class and each corner."""
    tables = {file.relative_to(root).as_posix(): file for file in sorted(root.rglob("*.csv")) if _is_table(file)}
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
        (each.parents[images[0].count("/")] for each in root.rglob("*") if each.as_posix().endswith(f"/{images[0]}")),
        None,
    )
    if folder is None:
        raise ValueError(f"{root / path} names {images[0]}, and no such file is below {root}")
    place = folder.relative_to(root).as_posix()
    where = {} if place == "." else {"images": family.beside(place)}
    columns = {"columns": {"split": told}} if in_column else {}
    splits = in_column or family
    arguments = {"table": family.pattern, **where, **columns, **splits.splits}
    classes = sorted({row[column["class"]] or "" for row in rows} - {""})
    yield Recognised("Detection", "TableBoxes", arguments, classes, [folder / name for name in images], splits.notes)


def _in_column(names: Collection[str]) -> Family | None:
    """The splits that a column's values name, where they name the training data."""
    splits = {WORDS[name.lower()]: name for name in names if name.lower() in WORDS}
    return Family("", splits) if "train" in splits else None


def _is_table(file: Path) -> bool:
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        reader = csv.reader(lines)
        header, row = next(reader, []), next(reader, None)
    return row is not None and all(any(name in header for name in names) for names in KNOWN.values())
