"""The file of a validation's images: tables in NumPy's own format, which `numpy.load` opens.

`task` is segmentation, classification or detection; `classes` are their names; `places` (N,) say which images of the
data set these are, and `names` (N,) how the data call them, if they do. Then, for N images:

- segmentation: `pixels` (N, classes, 3), right, predicted and true ones; `boundary`, the same within the band of
  boundary IoU; `objects`, rows of `labels.OBJECT`;
- classification: `labels` and `predicted` (N,); −1 is a label that does not count;
- detection: `objects` and `detections`, rows of `boxes.OBJECT` and `boxes.DETECTION`.
"""

import lzma
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.files import replacing

Tables = Mapping[str, NDArray[Any]]
BY_TASK = {
    "segmentation": {"pixels", "boundary", "objects"},
    "classification": {"labels", "predicted"},
    "detection": {"objects", "detections"},
}


def merged(parts: Sequence[Tables]) -> dict[str, NDArray[Any]]:
    """Tables of some images each as those of all, in the data set's order; `places` say where images belong."""
    places = np.concatenate([part["places"] for part in parts])
    order = np.argsort(places, kind="stable")
    tables = {}
    for name in parts[0]:
        rows = np.concatenate([_placed(part, name) for part in parts])
        tables[name] = rows[order] if rows.dtype.names is None else _sorted(rows, places[order])
    return tables


def _placed(part: Tables, name: str) -> NDArray[Any]:
    """Rows of a table, which say whose they are by the image's place in the data set."""
    rows = part[name].copy()
    if rows.dtype.names:
        rows["image"] = part["places"][rows["image"]]
    return rows


def _sorted(rows: NDArray[Any], places: NDArray[Any]) -> NDArray[Any]:
    """The same, by the image's number among those that are there."""
    rows["image"] = np.searchsorted(places, rows["image"])
    return rows[np.argsort(rows["image"], kind="stable")]


def write(path: Path, tables: Tables) -> None:
    """Write tables, whole or not at all; equal tables give equal bytes."""
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **tables)


def unpress(source: Path, target: Path) -> None:
    """Copy a file of tables with the same arrays as they are in memory, for what will press many such files as one.

    Raises:
        zipfile.BadZipFile, zlib.error: If it is damaged; nothing is written then.
    """
    with zipfile.ZipFile(source) as old:
        members = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(target, "w") as new:
        for name, content in members.items():
            new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_STORED)


def read(path: Path) -> dict[str, NDArray[Any]] | None:
    """The tables of a file; None if there is none that can be read."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            tables = dict(content)
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, lzma.LZMAError):
        return None
    return tables if _is_whole(tables) else None


def _is_whole(tables: Tables) -> bool:
    task = str(tables.get("task"))
    return {"classes", "places", "names", *BY_TASK.get(task, {"task"})} <= tables.keys() and task in BY_TASK
