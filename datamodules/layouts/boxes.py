"""Images and boxes in files: what the VOC and the COCO layout share."""

import warnings
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

from datamodules.files.absent import missing
from datamodules.files.lists import is_list, listed_names
from datamodules.layouts.annotations import Annotated, Annotations, ImagesAndBoxes, sort_out, together
from datamodules.layouts.splits import Splits
from datamodules.loading.base import DenseData
from datamodules.loading.cached import Cached
from datamodules.transforms.geometry import ScaleCropFlip
from datamodules.transforms.samples import Sample, Split


class BoxData(DenseData, ABC):
    """Detection data in files. Subclasses say how they are laid out.

    Images are resized to `size` (bilinear, antialiased) with their boxes. AP by size of the object goes by pixels of
    the file's own image: by the `area` that a COCO file states, by the box's where none is stated. They are decoded
    once, as `MaskData` says. Images without objects are kept: they show what is none.

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
        splits: How `train`, `val` and `test` are named, or cut from the training data; see `Splits`.
        random_scale: Training images are resized by a factor between these, then cropped or padded to `size` at a
            random place (Ghiasi et al. 2021, "Simple Copy-Paste": large scale jitter). `[0.1, 2]` is theirs.
        flip: Probability that a training image is flipped from left to right.
        **loading: The arguments of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or a file is broken or contradicts another.
        FileNotFoundError: If a file is missing.
    """

    layout: ClassVar[str]
    size: tuple[int, int]

    def __init__(
        self,
        root: str,
        size: tuple[int, int],
        classes: Sequence[str] | None = None,
        on_bad_box: Literal["drop", "error"] = "drop",
        splits: Splits = Splits(),  # noqa: B008  # frozen
        random_scale: tuple[float, float] = (1.0, 1.0),
        flip: float = 0.0,
        **loading: Any,
    ) -> None:
        super().__init__(**loading)
        self.root, self.size, self.splits = Path(root), size, splits
        self.named, self.on_bad_box = classes, on_bad_box
        self._read: dict[str, Annotations] = {}
        if classes is not None and not 0 < len(set(classes)) == len(classes):
            raise ValueError(f"classes must be one or more different names, got {list(classes)}")
        if on_bad_box not in ("drop", "error"):
            raise ValueError(f"on_bad_box must be drop or error, got {on_bad_box!r}")
        geometry = ScaleCropFlip(self.size, random_scale, flip, self.mean)
        self.train_transforms = (geometry, *self.train_transforms)

    def places(self) -> list[str]:
        """What stands at `{split}` in the patterns of files; nothing where they do not hold it."""
        return []

    @abstractmethod
    def listing(self, place: str) -> Path:
        """The file or folder that lists the images at a `place` of `Splits`."""

    @abstractmethod
    def read(self, place: str) -> Annotations:
        """The annotations at a place whose listing exists."""

    @cached_property
    def box_classes(self) -> tuple[str, ...]:  # type: ignore[override]  # read when first asked for
        """Names of the boxes' labels, which count from 0."""
        place = self.splits.place("train")
        classes = tuple(self.named or self._annotations(place).classes)  # which name the classes of all splits
        if not classes:
            raise ValueError(f"{self.listing(place)} leads to no class; name them with classes")
        return classes

    def dataset(self, split: Split) -> Cached:
        """The images of a split and their good boxes."""
        images = self._images(split)
        good, faults, little = [], [], []
        for image in images:
            sorted_out, bad, cut = sort_out(image, self.box_classes)
            good.append(sorted_out)
            faults += bad
            little += cut
        if faults and self.on_bad_box == "error":
            raise ValueError(f"{faults[0]}; on_bad_box: drop leaves such boxes out")
        total = sum(len(image.objects) for image in images)
        for found, said in (
            (faults, "boxes dropped"),
            (little, "boxes lie mostly outside of their image, and are cut"),
        ):
            if found:
                warnings.warn(f"{split}: {len(found)} of {total} {said}; the first: {found[0]}", stacklevel=2)
        return Cached(ImagesAndBoxes(good, self.size, self.box_classes))

    def truth(self, split: Split) -> Iterable[Sample]:
        """The labels of each image, as annotated: no image is read."""
        images = cast(ImagesAndBoxes, cast(Cached, self.source(split)).source)
        return (images.annotated(index) for index in range(len(images)))

    def _images(self, split: Split) -> list[Annotated]:
        place = self.splits.place(split)
        images = self._annotations(place).images
        if is_list(place):
            by_path = {image.image.relative_to(self.root).as_posix(): image for image in images}
            listed = listed_names(self.root / place, {path: each.image for path, each in by_path.items()})
            images = [by_path[path] for path in listed]
        files = [image.image for image in images]
        names = [file.relative_to(self.root).as_posix() for file in files]
        kept = self.splits.members(split, names, lambda left: _rarest([images[at] for at in left]), lambda: files)
        return [images[index] for index in kept]

    def _annotations(self, place: str) -> Annotations:
        if place not in self._read and is_list(place) and (places := self.places()):
            self._read[place] = together([self._annotations(each) for each in places])
        if place not in self._read:
            listing = self.listing(place)
            if not listing.exists():
                raise FileNotFoundError(f"{missing(listing)}; expected the layout {self.layout}")
            annotations = self.read(place)
            if not annotations.images:
                raise ValueError(f"{listing} lists no images; the split {place} needs at least one")
            self._read[place] = annotations
        return self._read[place]


def _rarest(images: Sequence[Annotated]) -> list[int]:
    """Of each image the class that the fewest images have; -1 without objects."""
    names = [{found.name for found in image.objects} for image in images]
    count = Counter(name for each in names for name in each)
    order = {name: rank for rank, (name, _) in enumerate(sorted(count.items(), key=lambda each: (each[1], each[0])))}
    return [min((order[name] for name in each), default=-1) for each in names]
