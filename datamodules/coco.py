"""Boxes in the layout of COCO."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from datamodules.annotations import Annotated, Annotations
from datamodules.boxes import BoxData
from datamodules.samples import Split

Entries = Sequence[Mapping[str, Any]]


class CocoBoxes(BoxData):
    """Detection data as in COCO (Lin et al., 2014): one JSON file a split, beside a folder of images.

    Classes that are not given are the categories of the training file, in the order of their ids, with objects or
    without. The other splits' categories are told by their names. Crowds (`iscrowd`) are left out: metrics differ a
    little from COCO's own, which do not count what is found in a crowd.

    ```yaml
    data:
      class_path: CocoBoxes
      init_args:
        root: data/coco
        size: [512, 512]
        annotations: annotations/instances_{split}.json
        images: "{split}"
        splits: {train: train2017, val: val2017, test: val2017}
    ```

    Args:
        root: The folder that holds annotations and images.
        size: Height and width to resize to.
        annotations: Where a split's JSON file lies below `root`.
        images: Where a split's images lie below `root`.
        **boxes: The other arguments of `BoxData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or a file is broken or contradicts another.
        FileNotFoundError: If a file is missing.
    """

    layout: ClassVar[str] = "<root>/{train,val,test}/{boxes.json,images}, or as annotations and images say"

    def __init__(
        self,
        root: str,
        size: tuple[int, int],
        annotations: str = "{split}/boxes.json",
        images: str = "{split}/images",
        **boxes: Any,
    ) -> None:
        super().__init__(root, size, **boxes)
        self.annotations, self.images = annotations, images

    def listing(self, split: Split) -> Path:
        """The JSON file of a split."""
        return self._path(self.annotations, split)

    def read(self, split: Split) -> Annotations:
        """Images in the order of the file."""
        file = self.listing(split)
        try:
            annotations = annotated(json.loads(file.read_bytes()), file, self._path(self.images, split))
        except KeyError as error:
            raise ValueError(f"cannot read {file}: {error} is missing") from error
        except (TypeError, ValueError) as error:
            raise ValueError(f"cannot read {file}: {error}") from error
        for image in annotations.images:
            if not image.image.is_file():
                raise FileNotFoundError(f"{file} names {image.image.name}, but there is no file {image.image}")
        return annotations

    def _path(self, pattern: str, split: Split) -> Path:
        return self.root / pattern.replace("{split}", self.splits[split])


def annotated(document: Mapping[str, Any], file: Path, folder: Path) -> Annotations:
    """The images of a COCO file and their objects.

    Raises:
        ValueError: If entries contradict each other.
        KeyError: If one lacks what it must say.
    """
    names = category_names(document["categories"])
    images = {
        key: Annotated(folder / entry["file_name"], file, (entry["height"], entry["width"]), [], [])
        for key, entry in by_id(document["images"], "images").items()
    }
    for entry in document["annotations"]:
        if entry.get("iscrowd"):
            continue
        for key, known in (("image_id", images), ("category_id", names)):
            if entry[key] not in known:
                raise ValueError(f"annotation {entry.get('id')} has the {key} {entry[key]}, which nothing describes")
        x, y, width, height = map(float, entry["bbox"])
        image = images[entry["image_id"]]
        image.names.append(names[entry["category_id"]])
        image.boxes.append((x, y, x + width, y + height))
    return Annotations(tuple(names.values()), list(images.values()))


def category_names(categories: Entries) -> dict[int, str]:
    """The name of each category, in the order of their ids.

    Raises:
        ValueError: If one has no name, or that of another.
    """
    names: dict[int, str] = {}
    for key, entry in sorted(by_id(categories, "categories").items()):
        if not entry.get("name"):
            raise ValueError(f"category {key} has no name")
        if entry["name"] in names.values():
            raise ValueError(f"two categories are named {entry['name']!r}, the second has id {key}")
        names[key] = entry["name"]
    return names


def by_id(entries: Entries, kind: str) -> dict[int, Mapping[str, Any]]:
    """Entries by their ids.

    Raises:
        ValueError: If two have the same.
    """
    found: dict[int, Mapping[str, Any]] = {}
    for entry in entries:
        if found.setdefault(entry["id"], entry) is not entry:
            raise ValueError(f"two {kind} have the id {entry['id']}")
    return found
