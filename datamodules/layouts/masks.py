"""Images and masks in files: what the layouts of segmentation data share."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torchvision import tv_tensors
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as F

from datamodules.files.images import read_image
from datamodules.files.lists import is_list, listed_names
from datamodules.layouts.splits import Splits
from datamodules.loading.base import DenseData
from datamodules.loading.cached import Cached
from datamodules.transforms.bare import IGNORE
from datamodules.transforms.geometry import ScaleCropFlip
from datamodules.transforms.samples import Sample, Split

ReadLabels = Callable[[Any], NDArray[np.uint8]]


class MaskData(DenseData, ABC):
    """Segmentation data in files. Subclasses set `classes` and say how the files are laid out.

    Images may have 8 bits, 16 bits of grey (scaled from their full range), colours of any kind, or a palette; what is
    transparent lies on black, floats are refused. They are turned upright as the EXIF orientation of each says.

    Images are resized to `size` (bilinear, antialiased; masks to the nearest pixel), and metrics are measured at that
    size. Before they are first trained on, all are decoded into files that every process of the machine maps into its
    memory, 786 kB for each of 512×384: in `$TRICKBENCH_CACHE` (by default the user's folder of caches), up to
    `$TRICKBENCH_CACHE_GIB` (20). A change of files, arguments or code makes new ones. Where there is no room for them,
    up to 1 GiB is kept in memory, for each split and worker, and the rest is read again every epoch.

    Args:
        root: The folder that holds the data.
        size: Height and width to resize to.
        splits: How `train`, `val` and `test` are named, or cut from the training data; see `Splits`.
        random_scale: Training images are resized by a factor between these, then cropped or padded to `size` at a
            random place; padding is ignored. `[0.5, 2]` is usual.
        flip: Probability that a training image is flipped from left to right.
        **loading: The arguments of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or files contradict each other.
        FileNotFoundError: If a folder is missing or without images.
    """

    size: tuple[int, int]

    def __init__(
        self,
        root: str,
        size: tuple[int, int],
        splits: Splits = Splits(),  # noqa: B008  # frozen
        random_scale: tuple[float, float] = (1.0, 1.0),
        flip: float = 0.0,
        **loading: Any,
    ) -> None:
        super().__init__(**loading)
        self.root, self.size, self.splits = Path(root), size, splits
        geometry = ScaleCropFlip(self.size, random_scale, flip, self.mean)
        self.train_transforms = (geometry, *self.train_transforms)

    @abstractmethod
    def found(self, place: str) -> Mapping[str, tuple[Path, Any]]:
        """The images at a `place` of `Splits` by name, each with what its labels are read from."""

    @abstractmethod
    def read_labels(self, truth: Any) -> NDArray[np.uint8]:
        """The labels of an image, (H, W), from what belongs to it."""

    def places(self) -> list[str]:
        """What stands at `{split}` in the patterns of files; nothing where they do not hold it."""
        return []

    def pairs(self, split: Split) -> list[tuple[Path, Any]]:
        """The images of a split, sorted by name, each with what its labels are read from."""
        place = self.splits.place(split)
        found = self._listed(place) if is_list(place) else self.found(place)
        names = sorted(found)
        paths = [found[name][0].relative_to(self.root).as_posix() for name in names]
        called = paths if "/" in (self.splits.group or "") else names
        pairs = [found[name] for name in names]
        kept = self.splits.members(
            split,
            called,
            lambda left: self._rarest([pairs[at][1] for at in left]),
            lambda: [image for image, _ in pairs],
        )
        return [pairs[index] for index in kept]

    def dataset(self, split: Split) -> Cached:
        """The images and masks of a split."""
        return Cached(ImagesAndMasks(self.pairs(split), self.size, self.read_labels))

    def _listed(self, place: str) -> Mapping[str, tuple[Path, Any]]:
        """The images that a list names, wherever they lie."""
        by_place = {f"{each}/{name}": pair for each in self.places() for name, pair in self.found(each).items()}
        found = by_place or self.found(place)
        names = listed_names(self.root / place, {name: image for name, (image, _) in found.items()})
        return {name: found[name] for name in names}

    def _rarest(self, truths: Sequence[Any]) -> list[int]:
        """Of each image the class that the fewest images have."""
        present = np.array(
            [np.bincount(self.read_labels(each).ravel(), minlength=IGNORE)[:IGNORE] > 0 for each in truths]
        )
        images = present.sum(0)
        return [int(np.where(row, images, len(truths) + 1).argmin()) for row in present]


class ImagesAndMasks:
    """Reads images and their labels; `size` is the height and width to resize to."""

    def __init__(self, pairs: Sequence[tuple[Path, Any]], size: tuple[int, int], read_labels: ReadLabels) -> None:
        self.pairs, self.size, self.read_labels = pairs, size, read_labels
        self.files = [image for image, _ in pairs]
        self.names = [image.name for image in self.files]

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> Sample:
        path, truth = self.pairs[index]
        image = torch.from_numpy(read_image(path)).permute(2, 0, 1)
        mask = torch.from_numpy(self.read_labels(truth))
        if image.shape[1:] != mask.shape:
            belongs = truth if isinstance(truth, Path) else f"the mask of {path}"
            turned = " (masks must fit the image as its EXIF orientation turns it)"
            raise ValueError(
                f"{belongs} must be as large as its image, {tuple(image.shape[1:])}, got {tuple(mask.shape)}"
                + turned * (image.shape[:0:-1] == mask.shape)
            )
        nearest = InterpolationMode.NEAREST_EXACT  # samples pixel centres, as bilinear does
        return {
            "image": tv_tensors.Image(F.resize(image, self.size, antialias=True)),
            "mask": tv_tensors.Mask(F.resize(mask[None], self.size, interpolation=nearest)[0]),
        }
