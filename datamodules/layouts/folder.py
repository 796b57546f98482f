"""Images and masks in folders: how one's own data come in."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from datamodules.files.absent import refuse_alone
from datamodules.files.lists import is_list, listed_names
from datamodules.layouts.labels import Labels, Values
from datamodules.layouts.masks import MaskData
from datamodules.layouts.patterns import check_pattern, named_files, path_at, places_at, shown
from datamodules.transforms.bare import IGNORE

Pair = tuple[Path, Path]


class ImageMaskFolder(MaskData):
    r"""Segmentation data of one mask file an image, such as `train/images/a.jpg` and `train/masks/a.png`.

    A mask has one channel of whole numbers, or a palette, and holds the index into `classes` at each pixel. Where it
    holds other numbers or colours, `classes` names them: `{background: 0, nucleus: 255}`, `{road: [7, 8], sky: 23}`,
    or `{road: "#804080", sky: "#4682b4"}`, for which a palette counts by its colours. A mask is turned upright as its
    EXIF orientation says. Floats are refused, and so are masks that a lossy compression has changed. Hidden files
    (`._a.png`) are skipped.

    ```yaml
    data:
      class_path: ImageMaskFolder
      init_args: {root: my_data, classes: [background, leaf, stem], size: [256, 256], batch_size: 16}
    ```

    Without folders for the splits, and with names of their own:

    ```yaml
    data:
      class_path: ImageMaskFolder
      init_args:
        root: my_data
        images: "photos/{name}"
        masks: "labels/{name}_mask"
        classes: {background: 0, leaf: 255}
        splits: {val: 0.2, test: 0.2, group: 'plant(\d+)_'}
        size: [256, 256]
    ```

    Args:
        root: The folder that holds the data.
        classes: Names of the labels 0, 1, 2 …; or for each name the number, the colour, or a list of them, that masks
            have for it.
        size: Height and width to resize to.
        images: Where images lie below `root`: a path with `{name}`, and `{split}` where each split has a folder. `*`
            stands for any text, `**/` for any folders; without a suffix, images of any kind are found.
        masks: Where masks lie, likewise; the mask of an image has the same `{name}`.
        void: What masks have at pixels to ignore: a number, which may be negative, a colour, or a list of them. 0 says
            that 0 means "not labelled": classes without numbers then count from 1, and 1 becomes label 0.
        **masks_and_loading: The other arguments of `MaskData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or images and masks do not belong together.
        FileNotFoundError: If a folder is missing or without images.
    """

    def __init__(
        self,
        root: str,
        classes: list[str] | dict[str, Values],
        size: tuple[int, int],
        images: str = "{split}/images/{name}",
        masks: str = "{split}/masks/{name}",
        void: Values = IGNORE,
        **masks_and_loading: Any,
    ) -> None:
        super().__init__(root, size, **masks_and_loading)
        self.labels = Labels(classes, void)
        self.classes = self.labels.names
        self.colours = self.labels.colours or self.colours
        self.patterns = {"images": images, "masks": masks}
        for argument, pattern in self.patterns.items():
            check_pattern(argument, pattern)

    def places(self) -> list[str]:
        """What stands at `{split}` in the patterns of images and masks."""
        return places_at(self.root, *self.patterns.values())

    def found(self, place: str) -> Mapping[str, Pair]:
        """Images and masks of one name."""
        masks = self._files("masks", place)
        images = self._files("images", place, others=set(masks.values()))
        names = listed_names(self.root / place, images) if is_list(place) else sorted(images.keys() | masks.keys())
        for kind, files, partners in (("mask", images, masks), ("image", masks, images)):
            pattern = self.patterns[f"{kind}s"]
            named = {name: files[name] for name in names if name in files}
            refuse_alone(named, partners, kind, partial(shown, self.root, pattern, place))
        return {name: (images[name], masks[name]) for name in names}

    def _files(self, kind: str, place: str, others: Collection[Path] = ()) -> dict[str, Path]:
        pattern = self.patterns[kind]
        path_at(self.root, pattern, place, self.splits)  # or it refuses
        return named_files(self.root, pattern, place, others)

    def read_labels(self, truth: Path) -> NDArray[np.uint8]:
        """The labels in a mask file."""
        return self.labels.read(truth)

    def describe(self, names: Sequence[str], counts: Tensor) -> str:
        """The share of each number or colour in the masks."""
        return self.labels.describe(counts)
