"""A COCO file, checked entry by entry."""

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from datamodules.files.broken import LeftOut
from datamodules.files.seen import seen
from datamodules.layouts.annotations import Annotated, Annotations, Corners, Found

KINDS = ("categories", "images", "annotations")
NUMBER: tuple[type, ...] = (int, float)
TEXT: tuple[type, ...] = (str,)
ID = NUMBER + TEXT
CALLED = {NUMBER: "a number", TEXT: "text", ID: "a number or text"}


class Entry:
    """A category, an image or an annotation, which knows where it stands.

    Args:
        kind: The list that it stands in.
        index: Its place there, from 0.
        content: What it says.

    Raises:
        ValueError: If that is not a mapping.
    """

    def __init__(self, kind: str, index: int, content: Any) -> None:
        if not isinstance(content, dict):
            raise ValueError(f"{kind}[{index}] must be a mapping, got {content!r:.80}")
        self.kind, self.index, self.content = kind, index, content

    @property
    def place(self) -> str:
        """Where it stands, to name it in messages."""
        named = f" of id {self.content['id']!r}" if "id" in self.content else ""
        return f"{self.kind}[{self.index}]{named}"

    def get(self, key: str, types: tuple[type, ...]) -> Any:
        """A value that it must have, of one of these types.

        Raises:
            ValueError: If it is missing, or of another type.
        """
        if key not in self.content:
            raise ValueError(f"{self.place} has no {key}")
        value = self.content[key]
        if not isinstance(value, types) or value == "":
            raise ValueError(f"{self.place}: {key} must be {CALLED[types]}, got {value!r:.80}")
        return value

    def size(self) -> tuple[int, int]:
        """The height and width of an image.

        Raises:
            ValueError: If it lacks one.
        """
        return self.get("height", NUMBER), self.get("width", NUMBER)

    def corners(self) -> Corners | None:
        """Its box as x1, y1, x2, y2; None if it has none, or an empty one.

        Raises:
            ValueError: If its box is not of four numbers.
        """
        box = self.content.get("bbox")
        if box is None or box == []:
            return None
        if not isinstance(box, list) or len(box) != 4 or not all(isinstance(number, NUMBER) for number in box):
            raise ValueError(f"{self.place}: bbox must be four numbers, x, y, width and height, got {box!r:.80}")
        x, y, width, height = map(float, box)
        return x, y, x + width, y + height

    def area(self) -> float | None:
        """Its area in pixels, None where it does not say one.

        Raises:
            ValueError: If it is not a number from 0 on.
        """
        if (area := self.content.get("area")) is None:
            return None
        if not isinstance(area, int | float) or not 0 <= area < math.inf:
            raise ValueError(f"{self.place}: area must be a number from 0 on, got {area!r:.80}")
        return float(area)


class Document(NamedTuple):
    """What a COCO file holds."""

    names: dict[Any, str]  # of each category by its id, in the order of the ids
    images: dict[Any, Entry]  # by their ids
    files: dict[Any, str]  # what each is called, seen from their folder
    annotations: list[Entry]

    def objects(self) -> Iterator[tuple[Entry, Any, str]]:
        """Each annotation with the id of its image and the name of its category.

        Raises:
            ValueError: If nothing describes one of these.
        """
        for entry in self.annotations:
            image = _reference(entry, "image_id", self.images)
            yield entry, image, self.names[_reference(entry, "category_id", self.names)]


def document(content: Any) -> Document:
    """The entries of a COCO file.

    Raises:
        ValueError: If an entry lacks what it must say, or entries contradict each other.
    """
    categories, images, objects = (_entries(content, kind) for kind in KINDS)
    names, by_id = _category_names(_without_groups(categories, objects)), _by_id(images, "images")
    called = {key: entry.get("file_name", TEXT) for key, entry in by_id.items()}
    here = seen(called.values())
    return Document(names, by_id, {key: here[name] for key, name in called.items()}, objects)


def annotated(content: Any, file: Path, folder: Path) -> Annotations:
    """The images of a COCO file and their boxes; crowds are left out.

    Raises:
        ValueError: If an entry lacks what it must say, or entries contradict each other.
    """
    read = document(content)
    found = {key: Annotated(folder / read.files[key], file, entry.size(), []) for key, entry in read.images.items()}
    for entry, image, name in read.objects():
        if not entry.content.get("iscrowd"):
            found[image].objects.append(Found(name, entry.corners(), entry.place, entry.area()))
    return Annotations(tuple(read.names.values()), list(found.values()))


def _entries(content: Any, kind: str) -> list[Entry]:
    if not isinstance(content, dict):
        raise ValueError(f"it must be a mapping with {', '.join(KINDS)}, got {content!r:.80}")
    if not isinstance(entries := content.get(kind), list):
        raise ValueError(f"{kind} must be a list, got {entries!r:.80}")
    return [Entry(kind, index, each) for index, each in enumerate(entries)]


def _without_groups(categories: Sequence[Entry], objects: Sequence[Entry]) -> list[Entry]:
    """Without the categories that only head others, as some tools export them: without a box, and named again."""
    ids = {key for entry in objects if isinstance(key := entry.content.get("category_id"), ID)}
    used = [entry for entry in categories if entry.content.get("id") in ids]
    names = [entry.content.get("name") for entry in used]
    kept = []
    for entry in categories:
        name = entry.content.get("name")
        heads = any(each.content.get("supercategory") == name for each in used)
        if entry not in used and (name in names or heads):
            warnings.warn(
                f"{entry.place}, {name!r}, is left out: no box is of it, and it only groups others",
                LeftOut,
                stacklevel=2,
            )
        else:
            kept.append(entry)
    return kept


def _category_names(categories: Sequence[Entry]) -> dict[Any, str]:
    """The name of each category, in the order of their ids: numbers, then text."""
    names: dict[Any, str] = {}
    by_id = _by_id(categories, "categories")
    for key in sorted(by_id, key=lambda key: (isinstance(key, str), key)):
        name = by_id[key].get("name", TEXT)
        if name in names.values():
            raise ValueError(f"two categories are named {name!r}, the second has id {key!r}")
        names[key] = name
    return names


def _by_id(entries: Sequence[Entry], kind: str) -> dict[Any, Entry]:
    found: dict[Any, Entry] = {}
    for entry in entries:
        key = entry.get("id", ID)
        if found.setdefault(key, entry) is not entry:
            raise ValueError(f"two {kind} have the id {key!r}")
    return found


def _reference(entry: Entry, key: str, known: Mapping[Any, Any]) -> Any:
    value = entry.get(key, ID)
    if value not in known:
        raise ValueError(f"{entry.place} has the {key} {value!r}, which nothing describes")
    return value
