"""Columns of a table of boxes, by the names that they mostly have, and its rows."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TextIO

PARTS = ",;\t"  # what may part columns
BOX = "bbox"  # a column of corner and size at once, as in COCO: "[834, 222, 56, 36]"
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


def read(lines: TextIO, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table that are not empty, each with its line; parted by what the first line holds the most of.

    Raises:
        csv.Error: If `strict`, and quotes are not closed.
    """
    first = lines.readline()
    lines.seek(0)
    part = max(PARTS, key=first.count)
    table = csv.reader(lines, delimiter=part, strict=strict)
    box = None  # where a column of whole boxes stands
    for row in filter(any, table):
        cells = [_number(cell.strip()) if part == ";" else cell.strip() for cell in row]
        if box is None:
            box = next((place for place, name in enumerate(cells) if name.lower() == BOX), len(cells))
        whole = map(_corner_and_size, cells[box : box + 1])
        yield table.line_num, [*cells[:box], *chain.from_iterable(whole), *cells[box + 1 :]]


def _corner_and_size(cell: str) -> list[str]:
    """The four cells that one of a whole box, or its header, stands for."""
    if cell.lower() == BOX:
        return ["x", "y", "w", "h"]
    numbers = re.split(r"[,\s]+", cell.strip("[]() "))
    return numbers if len(numbers) == 4 else [cell, "", "", ""]


def _number(cell: str) -> str:
    """As spreadsheets write where a comma stands before decimals."""
    number = DECIMAL_COMMA.fullmatch(cell)
    return f"{number[1]}.{number[2]}" if number else cell
