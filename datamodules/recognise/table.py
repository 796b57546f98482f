"""Boxes in a CSV file."""

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path

from datamodules.files.absent import stored
from datamodules.files.images import SUFFIXES
from datamodules.files.seen import images_in
from datamodules.files.texts import read_text
from datamodules.layouts.patterns import files_below, images_below
from datamodules.layouts.table.columns import called, read
from datamodules.recognise.places import WORDS, Family, widest
from datamodules.recognise.recognised import Recognised
from datamodules.recognise.unnamed import unnamed

AS_NAMED = "filename,xmin,ymin,xmax,ymax,class"
SPLITS = ("split", "set", "subset", "partition", "usage")  # what a column is called that says the split


def recognise(root: Path) -> Iterator[Recognised]:
    """CSV files with a column for the image, the class and each corner."""
    files = filter(_is_table, sorted(files_below(root, {".csv"})))
    tables = {file.relative_to(root).as_posix(): file for file in files}
    family = widest(tables)
    if family is None:
        return
    path = family.training
    header, *rows = (row for _, row in read(StringIO(read_text(root / path), newline="")))
    column = {key: header.index(name or "") for key, name in called(header, {}).items()}
    told = next((name for name in SPLITS if name in header), "")
    if in_column := _in_column(set(_cells(rows, header.index(told))) if told else ()):
        rows = [row for row in rows if in_column.names["train"] in _cells([row], header.index(told))]
    images = sorted(images_in(root / path, {*_cells(rows, column["image"])} - {""}).values())
    if not images:
        return
    folder = _folder(root, root / path, images[0])
    place = folder.relative_to(root).as_posix()
    where = {} if place == "." else {"images": family.beside(place)}
    columns = {"columns": {"split": told}} if in_column else {}
    splits = in_column or family
    arguments = {"table": family.pattern, **where, **columns, **splits.splits}
    classes = sorted({*_cells(rows, column["class"])} - {""})
    found = list(stored(folder / name for name in images).values())
    named = {name for table in tables.values() for name in _cells([*_rows(table)], column["image"])}
    notes = [*splits.notes, *_sized(header, column), *unnamed(found, images_in(root / path, named).values())]
    yield Recognised("Detection", "TableBoxes", arguments, classes, found, notes)


def unfit(root: Path) -> str:
    """What the first table lacks that names images and is not of boxes."""
    for file in sorted(files_below(root, {".csv"})):
        header = _head(file)[0]
        if any(Path(cell).suffix.lower() in SUFFIXES for cell in header):
            return f". {file} begins with {header[0]}; its first line must name the columns: {AS_NAMED}"
        lacks = [key for key, name in called(header, {}).items() if name is None]
        if "image" not in lacks and lacks:
            return f". {file} has the columns {', '.join(header)}, and none that is known for {', '.join(lacks)}"
    return ""


def _folder(root: Path, table: Path, image: str) -> Path:
    """The folder that a table's names are seen from."""
    for file in images_below(root):
        if _is_called(file, image):
            return file.parents[image.count("/")]
    raise ValueError(f"{table} names {image}, and no such file is below {root}")


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
    return bool(row) and all(called(header, {}).values())


def _head(file: Path) -> tuple[list[str], list[str]]:
    """The first two rows of a CSV file."""
    rows = _rows(file)
    return next(rows, []), next(rows, [])


def _rows(file: Path) -> Iterator[list[str]]:
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        yield from (row for _, row in read(lines))


def _cells(rows: Sequence[Sequence[str]], at: int) -> list[str]:
    """A column's cells, of rows that reach so far."""
    return [row[at] for row in rows if at < len(row)]


def _sized(header: Sequence[str], column: Mapping[str, int]) -> list[str]:
    """What to say of boxes that are written as a corner and a size."""
    x, y, w, h = (header[column[key]] for key in ("x1", "y1", "w", "h")) if "w" in column else 4 * [""]
    return [f"{x}, {y} are taken as a box's upper left corner, {w} and {h} as its size"] if w else []
