"""Objects that have a mask file each, or a number each in one."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from datamodules.files.absent import refuse_alone
from datamodules.files.images import read_numbers
from datamodules.files.lists import is_list, listed_names
from datamodules.layouts.patterns import check_pattern, files_by_name, named_files, path_at, places_at, shown
from datamodules.layouts.splits import Splits

Numbers = NDArray[np.int32]


class Instances(NamedTuple):
    """An image and the mask files of the objects in it."""

    image: Path
    masks: list[tuple[Path, str]]  # with the class that stands in the path, if one does


class InstanceFiles:
    """Where images and the masks of their objects lie.

    In a mask file each number but 0, or each colour but black, is an object; so a file may hold one or many.

    Args:
        root: The folder that holds the data.
        images: Where images lie below `root`, a path with `{name}`.
        masks: Where the files of an image lie, likewise, with `{class}` if the path says the class.
        void: Numbers, of colours as `0xrrggbb`, that are no object; their pixels are ignored.

    Raises:
        ValueError: If one of the paths is not a pattern.
    """

    def __init__(self, root: Path, images: str, masks: str, void: Sequence[int]) -> None:
        check_pattern("images", images)
        check_pattern("masks", masks, "{class}")
        self.root, self.images, self.masks, self.void = root, images, masks, list(void)

    def places(self) -> list[str]:
        """What stands at `{split}` in the patterns of images and masks."""
        return places_at(self.root, self.images, self.masks)

    def found(self, place: str, splits: Splits) -> dict[str, Instances]:
        """The images of a place by name.

        Raises:
            FileNotFoundError: If there are none.
            ValueError: If a mask has no image.
        """
        for pattern in (self.images, self.masks):
            path_at(self.root, pattern, place, splits)  # or it refuses
        masks = files_by_name(self.root, self.masks, place)
        taken = {file for files in masks.values() for file, _ in files}
        images = named_files(self.root, self.images, place, taken)
        first = {name: files[0][0] for name, files in masks.items()}
        refuse_alone(first, images, "image", partial(shown, self.root, self.images, place))
        names = listed_names(self.root / place, images) if is_list(place) else sorted(images)
        return {name: Instances(images[name], masks.get(name, [])) for name in names}

    def objects(self, mask: Path) -> tuple[Numbers, list[int]]:
        """The numbers in a mask file, and which of them are objects."""
        numbers = read_numbers(mask)
        return numbers, [int(each) for each in np.unique(numbers) if each and each not in self.void]
