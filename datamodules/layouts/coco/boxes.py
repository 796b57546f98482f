"""Boxes in the layout of COCO."""

import json
from pathlib import Path
from typing import Any, ClassVar

from datamodules.files.absent import refuse_absent, stored
from datamodules.files.texts import NotUtf8
from datamodules.layouts.annotations import Annotations
from datamodules.layouts.boxes import BoxData
from datamodules.layouts.coco.file import annotated
from datamodules.layouts.patterns import path_at, places_at
from datamodules.layouts.units import corner_and_size, refuse_wrong_units


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
        annotations: Where a split's JSON file lies below `root`; without `{split}` one file holds what `splits` cuts.
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

    def places(self) -> list[str]:
        """What stands at `{split}` in the paths of JSON files and images."""
        return places_at(self.root, self.annotations, self.images)

    def listing(self, place: str) -> Path:
        """The JSON file of a place."""
        return path_at(self.root, self.annotations, place, self.splits)

    def read(self, place: str) -> Annotations:
        """Images in the order of the file."""
        file = self.listing(place)
        try:
            folder = self.root / self.images.replace("{split}", place)
            annotations = annotated(json.loads(file.read_bytes()), file, folder)
        except UnicodeDecodeError as error:
            raise NotUtf8(file, error) from error
        except ValueError as error:
            raise ValueError(f"cannot read {file}: {error}") from error
        refuse_wrong_units(annotations.images, corner_and_size)
        files = stored(image.image for image in annotations.images)
        refuse_absent(file, (image.image for image in annotations.images), files)
        return annotations._replace(images=[each._replace(image=files[each.image]) for each in annotations.images])
