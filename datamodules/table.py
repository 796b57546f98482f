"""Boxes in a table."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from datamodules.absent import refuse_absent, stored
from datamodules.annotations import Annotated, Annotations, Corners, Found
from datamodules.boxes import BoxData
from datamodules.broken import Broken
from datamodules.images import image_size
from datamodules.patterns import path_at, places_at
from datamodules.units import refuse_wrong_units

KNOWN = {
    "image": ("image", "filename", "file_name", "image_path", "path", "image_id", "ImageID"),
    "class": ("class", "label", "name", "category", "class_name", "LabelName"),
    "x1": ("x1", "xmin", "x_min", "XMin", "left"),
    "y1": ("y1", "ymin", "y_min", "YMin", "top"),
    "x2": ("x2", "xmax", "x_max", "XMax", "right"),
    "y2": ("y2", "ymax", "y_max", "YMax", "bottom"),
}


class TableBoxes(BoxData):
    """Detection data in a CSV file, a row a box: the image's file, the class, and the corners in pixels.

    A row whose corners are empty says that the image has no objects. Columns are recognised by the usual names, such as
    `filename`, `label` and `xmin`.

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
        columns: What a column is called for `image`, `class`, `x1`, `y1`, `x2` or `y2`, where it is not recognised; and
            for `split` the column whose value is the split, if there is one.
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
        if unknown := sorted(self.columns.keys() - {*KNOWN, "split"}):
            raise ValueError(f"columns may name {', '.join(KNOWN)} and split, got {unknown[0]}")

    def places(self) -> list[str]:
        """What stands at `{split}` in the paths of table and images, or in the column of the splits."""
        if "split" in self.columns:
            return sorted({row["split"] for row in self._rows(self.root / self.table)})
        return places_at(self.root, self.table, self.images)

    def listing(self, place: str) -> Path:
        """The table that a place is in."""
        if "split" in self.columns:
            return self.root / self.table
        return path_at(self.root, self.table, place, self.splits)

    def read(self, place: str) -> Annotations:
        """Images in the order of the table."""
        file = self.listing(place)
        rows = [(at, row) for at, row in enumerate(self._rows(file), 2) if row.get("split", place) == place]
        if not rows and "split" in self.columns:
            raise FileNotFoundError(f"no {place} data: {file} says {place} of no row in {self.columns['split']}")
        folder = self.root / self.images.replace("{split}", place)
        named = {row["image"]: folder / row["image"] for _, row in rows}
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
        refuse_wrong_units(list(images.values()))
        names = {found.name for image in images.values() for found in image.objects}
        return Annotations(tuple(sorted(names)), list(images.values()))

    def _rows(self, file: Path) -> list[dict[str, str]]:
        try:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                table = csv.DictReader(lines, strict=True)
                called = _columns(table.fieldnames or (), self.columns, file)
                return [{key: (row[name] or "").strip() for key, name in called.items()} for row in table]
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(f"cannot read {file}: {error}") from error


def _columns(header: Sequence[str], given: Mapping[str, str], file: Path) -> dict[str, str]:
    called = {key: next((name for name in names if name in header), None) for key, names in KNOWN.items()}
    called = {**called, **given}
    for key, name in called.items():
        if name not in header:
            wanted = f"a column {name}" if name else f"a column for {key}"
            raise ValueError(f"{file} must have {wanted}, named by columns; its columns are {', '.join(header)}")
    return {key: str(name) for key, name in called.items()}


def _objects(row: Mapping[str, str], file: Path, at: int) -> list[Found]:
    place, words = f"line {at}", [row[key] for key in ("x1", "y1", "x2", "y2")]
    if not any(words):
        return []
    try:
        x1, y1, x2, y2 = map(float, words)
    except ValueError:
        raise ValueError(f"{file}: {place} must have four numbers as corners, got {', '.join(words)}") from None
    if not row["class"]:
        raise ValueError(f"{file}: {place} has a box of no class")
    corners: Corners = (x1, y1, x2, y2)
    return [Found(row["class"], corners, place)]
