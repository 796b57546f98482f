"""Objects with a mask each, merged to one mask of classes."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datamodules.files.images import image_size
from datamodules.layouts.instances.objects import InstanceFiles, Instances
from datamodules.layouts.masks import MaskData
from datamodules.transforms.bare import IGNORE


class InstanceMasks(MaskData):
    """Segmentation data that tell objects apart: a mask file for each, or one file with a number for each.

    In a mask file each number but 0, or each colour but black, is an object. The objects of an image are merged to
    one mask of classes, the largest file first, so that small objects stay on top. `InstanceBoxes` reads the same files
    as boxes.

    Many files an image, of one class:

    ```yaml
    data:
      class_path: InstanceMasks
      init_args:
        root: data/nuclei
        images: "{split}/*/images/{name}"
        masks: "{split}/{name}/masks/*"
        classes: [background, nucleus]
        splits: {train: stage1_train, val: 0.2}
        size: [256, 256]
    ```

    Of several classes, whose names stand in the path: `masks: "masks/{class}/{name}_*"`. One file an image: `masks:
    "PedMasks/{name}_mask"`.

    Args:
        root: The folder that holds the data.
        size: Height and width to resize to.
        images: Where images lie below `root`: a path with `{name}`, and `{split}` where each split has a folder. `*`
            stands for any text, `**/` for any folders; without a suffix, images of any kind are found.
        masks: Where the mask files of an image lie, likewise, with `{class}` where the path says the class.
        classes: Names of the labels: the background, then one class, or those that stand at `{class}`.
        void: Numbers in the masks, of colours as `0xrrggbb`, whose pixels are ignored.
        **others: The other arguments of `MaskData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or images and masks do not belong together.
        FileNotFoundError: If a folder is missing or without images.
    """

    def __init__(
        self,
        root: str,
        size: tuple[int, int],
        images: str = "{split}/images/{name}",
        masks: str = "{split}/masks/{name}_*",
        classes: Sequence[str] = ("background", "object"),
        void: Sequence[int] = (),
        **others: Any,
    ) -> None:
        super().__init__(root, size, **others)
        self.files, self.classes = InstanceFiles(self.root, images, masks, void), tuple(classes)
        if not 2 <= len(set(classes)) == len(classes) < IGNORE:
            raise ValueError(f"classes must be 2 to {IGNORE - 1} different names, the background first, got {classes}")
        if len(classes) > 2 and "{class}" not in masks:
            raise ValueError(f"masks must say the class by {{class}} where there are several, got {masks!r}")

    def places(self) -> list[str]:
        """What stands at `{split}` in the patterns of images and masks."""
        return self.files.places()

    def found(self, place: str) -> Mapping[str, tuple[Path, Instances]]:
        """The images of a place by name, and their mask files."""
        found = self.files.found(place, self.splits)
        if without := [each.image for each in found.values() if not each.masks]:
            said = f"{len(without)} of {len(found)} images have no mask, and so no objects; the first: {without[0]}"
            warnings.warn(f"{place}: {said}", stacklevel=2)
        return {name: (each.image, each) for name, each in found.items()}

    def read_labels(self, truth: Instances) -> NDArray[np.uint8]:
        """The mask files of an image, merged."""
        read = [(*self.files.objects(mask), self._label(mask, name)) for mask, name in truth.masks]
        labels = np.zeros(read[0][0].shape if read else image_size(truth.image), np.uint8)
        for (numbers, _, _), (mask, _) in zip(read, truth.masks, strict=True):
            if numbers.shape != labels.shape:
                first = truth.masks[0][0].name
                raise ValueError(f"{mask} must be as large as {first}, {labels.shape}, got {numbers.shape}")
        for numbers, objects, label in sorted(read, key=lambda each: -np.count_nonzero(each[0])):
            labels[np.isin(numbers, objects)] = label
        for numbers, _, _ in read:
            labels[np.isin(numbers, self.files.void)] = IGNORE
        return labels

    def _label(self, mask: Path, name: str) -> int:
        if not name:
            return 1
        if name not in self.classes:
            raise ValueError(f"{mask} is of the class {name!r}; classes name {', '.join(self.classes)}")
        return self.classes.index(name)
