"""Images and boxes in files: what the VOC and the COCO layout share."""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

from datamodules.annotations import Annotations, ImagesAndBoxes, sort_out
from datamodules.base import DenseData
from datamodules.images import scale_crop_flip
from datamodules.samples import Cached, Sample, Split


class BoxData(DenseData, ABC):
    """Detection data in files. Subclasses say how they are laid out.

    Images are resized to `size` (bilinear, antialiased) with their boxes. AP by size of the object goes by pixels of
    the file's own image: by the `area` that a COCO file states, by the box's where none is stated. What was read is
    kept in memory up to 1 GiB for each split and worker, 786 kB for 512×512; the rest is read again every epoch. Images
    without objects are kept: they show what is none.

    Images may have 8 bits, 16 bits of grey (scaled from their full range), colours of any kind, or a palette; what is
    transparent lies on black, floats are refused. They are turned upright as their EXIF orientation says, and it is to
    the upright image that sizes and boxes in annotations must refer.

    A box that reaches over an edge is cut to the image. A bad box has no area inside the image, is of a class that
    `classes` lacks, or is missing where an object is annotated.

    Args:
        root: The folder that holds the data.
        size: Height and width to resize to.
        classes: Names of the labels 0, 1, 2 …; by default those that the training annotations name.
        on_bad_box: `drop` leaves bad boxes out and warns, once for each split; `error` stops at the first.
        splits: How the files of `train`, `val` or `test` are named, where they are named otherwise.
        random_scale: Training images are resized by a factor between these, then cropped or padded to `size` at a
            random place (Ghiasi et al. 2021, "Simple Copy-Paste": large scale jitter). `[1, 1]` switches it off.
        flip: Probability that a training image is flipped from left to right.
        **loading: The arguments of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or a file is broken or contradicts another.
        FileNotFoundError: If a file is missing.
    """

    layout: ClassVar[str]

    def __init__(
        self,
        root: str,
        size: tuple[int, int],
        classes: Sequence[str] | None = None,
        on_bad_box: Literal["drop", "error"] = "drop",
        splits: dict[str, str] | None = None,
        random_scale: tuple[float, float] = (1.0, 1.0),
        flip: float = 0.5,
        **loading: Any,
    ) -> None:
        super().__init__(**loading)
        self.root, self.size = Path(root), size
        self.named, self.on_bad_box = classes, on_bad_box
        self.splits = {"train": "train", "val": "val", "test": "test", **(splits or {})}
        if classes is not None and not 0 < len(set(classes)) == len(classes):
            raise ValueError(f"classes must be one or more different names, got {list(classes)}")
        if on_bad_box not in ("drop", "error"):
            raise ValueError(f"on_bad_box must be drop or error, got {on_bad_box!r}")
        if len(self.splits) > 3:
            raise ValueError(f"splits may rename train, val and test, got {', '.join(splits or {})}")
        self.train_transforms = (*scale_crop_flip(self.size, self.mean, random_scale, flip), *self.train_transforms)

    @abstractmethod
    def listing(self, split: Split) -> Path:
        """The file that lists the images of a split."""

    @abstractmethod
    def read(self, split: Split) -> Annotations:
        """The annotations of a split whose listing exists."""

    @cached_property
    def box_classes(self) -> tuple[str, ...]:  # type: ignore[override]  # read when first asked for
        """Names of the boxes' labels, which count from 0."""
        classes = tuple(self.named or self._training.classes)
        if not classes:
            raise ValueError(f"{self.listing('train')} leads to no class; name them with classes")
        return classes

    def dataset(self, split: Split) -> Cached:
        """The images of a split and their good boxes."""
        images = (self._training if split == "train" else self._annotations(split)).images
        good, faults = [], []
        for image in images:
            sorted_out, found = sort_out(image, self.box_classes)
            good.append(sorted_out)
            faults += found
        if faults and self.on_bad_box == "error":
            raise ValueError(f"{faults[0]}; on_bad_box: drop leaves such boxes out")
        if faults:
            total = sum(len(image.objects) for image in images)
            warnings.warn(f"{split}: {len(faults)} of {total} boxes dropped; the first: {faults[0]}", stacklevel=2)
        return Cached(ImagesAndBoxes(good, self.size, self.box_classes))

    def truth(self, split: Split) -> Iterable[Sample]:
        """The labels of each image, as annotated: no image is read."""
        images = cast(ImagesAndBoxes, cast(Cached, self._source(split)).source)
        return (images.annotated(index) for index in range(len(images)))

    @cached_property
    def _training(self) -> Annotations:
        return self._annotations("train")  # which also name the classes of all splits

    def _annotations(self, split: Split) -> Annotations:
        listing = self.listing(split)
        if not listing.is_file():
            raise FileNotFoundError(f"no file {listing}; expected the layout {self.layout}")
        annotations = self.read(split)
        if not annotations.images:
            raise ValueError(f"{listing} lists no images; the split {split} needs at least one")
        return annotations
