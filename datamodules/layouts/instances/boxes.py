"""Boxes around objects that have a mask each."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from scipy import ndimage

from datamodules.files.images import image_size
from datamodules.layouts.annotations import Annotated, Annotations, Corners, Found
from datamodules.layouts.boxes import BoxData
from datamodules.layouts.instances.objects import InstanceFiles, Instances
from datamodules.layouts.patterns import fixed_folder, path_at


class InstanceBoxes(BoxData):
    """Detection data of mask files: the box around each object, whose area is that of its pixels.

    The files lie as `InstanceMasks` reads them. All are read at the start, which takes a minute for 100,000 small ones.

    ```yaml
    data:
      class_path: InstanceBoxes
      init_args:
        root: data/PennFudanPed
        images: "PNGImages/{name}"
        masks: "PedMasks/{name}_mask"
        classes: [person]
        splits: {val: 0.2}
        size: [256, 256]
    ```

    Args:
        root: The folder that holds the data.
        size: Height and width to resize to.
        images: Where images lie below `root`: a path with `{name}`, and `{split}` where each split has a folder. `*`
            stands for any text, `**/` for any folders; without a suffix, images of any kind are found.
        masks: Where the mask files of an image lie, likewise, with `{class}` where the path says the class.
        void: Numbers in the masks, of colours as `0xrrggbb`, that are no object.
        **boxes: The other arguments of `BoxData` and of `DenseData`; without `{class}`, `classes` holds one name.

    Raises:
        ValueError: If an argument is out of range, or images and masks do not belong together.
        FileNotFoundError: If a folder is missing or without images.
    """

    layout: ClassVar[str] = "<root>/{train,val,test}/{images,masks}, or as images and masks say"

    def __init__(
        self,
        root: str,
        size: tuple[int, int],
        images: str = "{split}/images/{name}",
        masks: str = "{split}/masks/{name}_*",
        void: Sequence[int] = (),
        **boxes: Any,
    ) -> None:
        super().__init__(root, size, **boxes)
        self.files = InstanceFiles(self.root, images, masks, void)
        if "{class}" not in masks and len(self.named or ["object"]) != 1:
            raise ValueError(f"masks must say the class by {{class}} where there are several, got {masks!r}")

    def places(self) -> list[str]:
        """What stands at `{split}` in the patterns of images and masks."""
        return self.files.places()

    def listing(self, place: str) -> Path:
        """The folder that holds the images of a place."""
        return path_at(self.root, fixed_folder(self.files.images), place, self.splits)

    def read(self, place: str) -> Annotations:
        """One image after the other."""
        found = [self._annotated(each) for each in self.files.found(place, self.splits).values()]
        return Annotations(tuple(sorted({each.name for image in found for each in image.objects})), found)

    def _annotated(self, instances: Instances) -> Annotated:
        size = image_size(instances.image)
        objects = [each for mask, name in instances.masks for each in self._objects(mask, name, size)]
        file = instances.masks[0][0] if instances.masks else instances.image
        return Annotated(instances.image, file, size, objects)

    def _objects(self, mask: Path, name: str, size: tuple[int, int]) -> list[Found]:
        numbers, objects = self.files.objects(mask)
        if numbers.shape != size:
            raise ValueError(f"{mask} must be as large as its image, {size}, got {numbers.shape}")
        counted = np.searchsorted(objects, numbers, side="right") * np.isin(numbers, objects)  # 1, 2 … in their order
        areas = np.bincount(counted.ravel(), minlength=len(objects) + 1)[1:]
        called = name or (self.named or ["object"])[0]
        found = zip(objects, areas, ndimage.find_objects(counted), strict=True)
        return [Found(called, _corners(*at), f"object {number}", float(area)) for number, area, at in found]


def _corners(rows: slice, columns: slice) -> Corners:
    return float(columns.start), float(rows.start), float(columns.stop), float(rows.stop)
