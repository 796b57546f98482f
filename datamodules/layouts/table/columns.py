"""Columns of a table of boxes, by the names that they mostly have, and its rows."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PureWindowsPath
from typing import TextIO

PARTS = ",;\t"  # what may part columns
DECIMAL_COMMA = re.compile(r"(-?\d+),(\d+)")
KNOWN = {  # in small letters, and _ for spaces
    "image": ("image", "filename", "file_name", "image_path", "path", "image_id", "imageid"),
    "class": ("class", "label", "name", "category", "class_name", "labelname"),
    "x1": ("x1", "xmin", "x_min", "left", "x"),
    "y1": ("y1", "ymin", "y_min", "top", "y"),
    "x2": ("x2", "xmax", "x_max", "right"),
    "y2": ("y2", "ymax", "y_max", "bottom"),
}
SIZES = {"w": ("w", "width"), "h": ("h", "height")}  # of a box, where no column is its x2 or y2; else of an image


def called(header: Sequence[str], given: Mapping[str, str]) -> dict[str, str | None]:
    """What the columns are called: `given`, or else known ones of a header; None where none is known."""
    small = {name.lower().replace(" ", "_"): name for name in reversed(header)}
    found = {**{key: _first(names, small) for key, names in {**KNOWN, **SIZES}.items()}, **given}
    sized = found["w"] and found["h"] and not (found["x2"] or found["y2"])
    return {key: name for key, name in found.items() if key not in (("x2", "y2") if sized else SIZES)}


def _first(names: Sequence[str], there: Mapping[str, str]) -> str | None:
    return next((there[name] for name in names if name in there), None)


def seen(names: Iterable[str], file: Path) -> dict[str, str]:
    """Each name of an image in a file as seen from their folder: of a path of another machine the last part alone.

    Raises:
        ValueError: If two become the same.
    """
    here: dict[str, str] = {}
    for name in names:
        path = PureWindowsPath(name)  # takes either kind of slash
        short = path.name if path.anchor and not Path(name).exists() else path.as_posix()
        if (other := here.setdefault(short, name)) != name:
            raise ValueError(f"{file}: {other} and {name} are both called {short}: say paths as seen from the images")
    return {name: short for short, name in here.items()}


def read(lines: TextIO, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table that are not empty, each with its line; parted by what the first line holds the most of.

    Raises:
        csv.Error: If `strict`, and quotes are not closed.
    """
    first = lines.readline()
    lines.seek(0)
    part = max(PARTS, key=first.count)
    table = csv.reader(lines, delimiter=part, strict=strict)
    for row in filter(any, table):
        cells = [cell.strip() for cell in row]
        yield table.line_num, [_number(cell) for cell in cells] if part == ";" else cells


def _number(cell: str) -> str:
    """As spreadsheets write where a comma stands before decimals."""
    number = DECIMAL_COMMA.fullmatch(cell)
    return f"{number[1]}.{number[2]}" if number else cell
