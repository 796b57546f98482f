"""Boxes in a table."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar

from datamodules.files.absent import refuse_absent, stored
from datamodules.files.broken import Broken
from datamodules.files.images import image_size
from datamodules.files.seen import images_in
from datamodules.files.texts import read_text
from datamodules.layouts.annotations import Annotated, Annotations, Corners, Found
from datamodules.layouts.boxes import BoxData
from datamodules.layouts.patterns import path_at, places_at
from datamodules.layouts.table.columns import KNOWN, SIZES, called, read
from datamodules.layouts.units import corner_and_size, refuse_wrong_units


class TableBoxes(BoxData):
    """Detection data in a CSV file, a row a box: the image's file, the class, and the corners in pixels.

    A row whose corners are empty says that the image has no objects. Columns are recognised by the usual names, such as
    `filename`, `label` and `xmin`, and may be parted by commas, semicolons or tabs. Where no column is a box's right or
    lower edge, `w` and `h` (`width`, `height`) are its size, and `x`, `y` its upper left corner; a column `bbox` holds
    all four of these, as in "[834, 222, 56, 36]".

    ```yaml
    data:
      class_path: TableBoxes
      init_args: {root: data/fruit, table: boxes.csv, splits: {val: 0.2, test: 0.2}, size: [512, 512]}
    ```

    Args:
        root: The folder that holds the data.
        size: Height and width to resize to.
        table: The CSV file below `root`, with `{split}` where each split has one.
        images: The folder below `root` that the names in the table are seen from, likewise.
        columns: What a column is called for `image`, `class`, `x1`, `y1`, `x2` and `y2` (or `w` and `h`), where it is
            not recognised; and for `split` the column whose value is the split, if there is one.
        **boxes: The other arguments of `BoxData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or a file is broken or contradicts another.
        FileNotFoundError: If a file is missing.
    """

    layout: ClassVar[str] = "<root>/boxes.csv, or as table says"

    def __init__(
        self,
        root: str,
        size: tuple[int, int],
        table: str = "boxes.csv",
        images: str = "",
        columns: dict[str, str] | None = None,
        **boxes: Any,
    ) -> None:
        super().__init__(root, size, **boxes)
        self.table, self.images, self.columns = table, images, columns or {}
        if unknown := sorted(self.columns.keys() - {*KNOWN, *SIZES, "split"}):
            raise ValueError(f"columns may name {', '.join((*KNOWN, *SIZES))} and split, got {unknown[0]}")

    def places(self) -> list[str]:
        """What stands at `{split}` in the paths of table and images, or in the column of the splits."""
        if "split" in self.columns:
            return sorted({row["split"] for _, row in self._rows(self.root / self.table)})
        return places_at(self.root, self.table, self.images)

    def listing(self, place: str) -> Path:
        """The table that a place is in."""
        if "split" in self.columns:
            return self.root / self.table
        return path_at(self.root, self.table, place, self.splits)

    def read(self, place: str) -> Annotations:
        """Images in the order of the table."""
        file = self.listing(place)
        rows = [(at, row) for at, row in self._rows(file) if row.get("split", place) == place]
        if not rows and "split" in self.columns:
            raise FileNotFoundError(f"no {place} data: {file} says {place} of no row in {self.columns['split']}")
        folder = self.root / self.images.replace("{split}", place)
        named = {name: folder / short for name, short in images_in(file, (row["image"] for _, row in rows)).items()}
        files = stored(named.values())
        refuse_absent(file, named.values(), files)
        images, broken = {}, Broken()
        for name, path in named.items():
            with broken.gathered():
                images[name] = Annotated(files[path], file, image_size(files[path]), [])
        for at, row in rows:
            with broken.gathered():
                objects = _objects(row, file, at)
                if row["image"] in images:
                    images[row["image"]].objects.extend(objects)
        broken.refuse()
        refuse_wrong_units(list(images.values()), corner_and_size if rows and "w" in rows[0][1] else None)
        names = {found.name for image in images.values() for found in image.objects}
        return Annotations(tuple(sorted(names)), list(images.values()))

    def _rows(self, file: Path) -> list[tuple[int, dict[str, str]]]:
        try:
            table = read(StringIO(read_text(file), newline=""), strict=True)
            _, header = next(table, (1, []))
            places = {key: header.index(name) for key, name in _columns(header, self.columns, file).items()}
            return [(at, {key: row[k] if k < len(row) else "" for key, k in places.items()}) for at, row in table]
        except csv.Error as error:
            raise ValueError(f"cannot read {file}: {error}") from error


def _columns(header: Sequence[str], given: Mapping[str, str], file: Path) -> dict[str, str]:
    found = called(header, given)
    for key, name in found.items():
        if name not in header:
            wanted = f"a column {name}" if name else f"a column for {key}"
            raise ValueError(f"{file} must have {wanted}, named by columns; its columns are {', '.join(header)}")
    return {key: str(name) for key, name in found.items()}


def _objects(row: Mapping[str, str], file: Path, at: int) -> list[Found]:
    sized = "w" in row
    place, words = f"line {at}", [row[key] for key in (("x1", "y1", "w", "h") if sized else ("x1", "y1", "x2", "y2"))]
    if not any(words):
        return []
    try:
        x1, y1, x2, y2 = map(float, words)
    except ValueError:
        kind = "corner and size" if sized else "corners"
        raise ValueError(f"{file}: {place} must have four numbers as {kind}, got {', '.join(words)}") from None
    if not row["class"]:
        raise ValueError(f"{file}: {place} has a box of no class")
    corners: Corners = (x1, y1, x1 + x2, y1 + y2) if sized else (x1, y1, x2, y2)
    return [Found(row["class"], corners, place)]
