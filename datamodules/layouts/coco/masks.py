"""Masks painted from the outlines of COCO."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

from datamodules.files.absent import missing, refuse_absent, stored
from datamodules.files.lists import is_list, listed_names
from datamodules.files.texts import NotUtf8
from datamodules.layouts.coco.drawn import Crowd, Drawn, drawn
from datamodules.layouts.outlines import Order, Outlines
from datamodules.layouts.painted import PaintedMasks, warn_of_boxes
from datamodules.layouts.patterns import path_at, places_at
from datamodules.transforms.bare import IGNORE


class CocoMasks(PaintedMasks):
    """Segmentation data as in COCO (Lin et al., 2014): objects as polygons or run-length codes in a JSON file a split.

    The objects of an image are painted to one mask, the largest first, so that small ones stay on top. Crowds
    (`iscrowd`) lie below all others. An object without an outline makes its box void, which is said once for each
    split. Objects of categories that are neither in `classes` nor in `void` are left to the background.

    ```yaml
    data:
      class_path: CocoMasks
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
        classes: Names of the labels 0, 1, 2 …; by default the background, then the categories of the training file in
            the order of their ids.
        background: The class of what no object covers; null if that is void.
        void: Names of categories whose pixels are ignored.
        order: `largest_first`, `smallest_first`, or `as_listed` in the file; what is painted later lies on top.
        crowd: What a crowd's pixels are: `void`, their `class`, or as if there were none, `leave_out`.
        **others: The other arguments of `MaskData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or a file is broken or contradicts another.
        FileNotFoundError: If a file is missing.
    """

    def __init__(
        self,
        root: str,
        size: tuple[int, int],
        annotations: str = "{split}/_annotations.coco.json",
        images: str = "{split}",
        classes: Sequence[str] | None = None,
        background: str | None = "background",
        void: Sequence[str] = (),
        order: Order = "largest_first",
        crowd: Crowd = "void",
        **others: Any,
    ) -> None:
        super().__init__(root, size, background, order, **others)
        if crowd not in get_args(Crowd):
            raise ValueError(f"crowd must be one of {', '.join(get_args(Crowd))}, got {crowd!r}")
        if classes is not None and not 0 < len(set(classes)) == len(classes) < IGNORE:
            raise ValueError(f"classes must be 1 to {IGNORE - 1} different names, got {list(classes)}")
        if classes is not None and background is not None and background not in classes:
            raise ValueError(f"background must be one of classes, or null, got {background!r}")
        if both := sorted({*void} & {*(classes or ()), background}):
            raise ValueError(f"void must not be among classes, got {both[0]!r}")
        self.annotations, self.images, self.named = annotations, images, classes
        self.void, self.crowd = void, crowd
        self._files: dict[Path, Drawn] = {}

    @cached_property
    def classes(self) -> tuple[str, ...]:  # type: ignore[override]  # read when first asked for
        """Names of the labels."""
        if self.named is not None:
            return tuple(self.named)
        place = self.splits.place("train")
        read = [self._drawn(each) for each in (is_list(place) and self.places()) or [place]]
        categories = dict.fromkeys(name for each in read for name in each.categories)
        return self.with_ground(name for name in categories if name not in self.void)

    def places(self) -> list[str]:
        """What stands at `{split}` in the paths of JSON files and images."""
        return places_at(self.root, self.annotations, self.images)

    def found(self, place: str) -> Mapping[str, tuple[Path, Outlines]]:
        """The images of a place by the names that its file has for them, and their objects."""
        file, read = self.listing(place), self._drawn(place)
        warn_of_boxes(place, read.images.values(), [f"{file}: {each}" for each in read.without])
        folder = self.root / self.images.replace("{split}", place)
        paths = {name: folder / name for name in read.images}
        if is_list(place):
            paths = {name: paths[name] for name in listed_names(self.root / place, paths)}
        files = stored(paths.values())
        refuse_absent(file, paths.values(), files)
        return {name: (files[path], read.images[name]) for name, path in paths.items()}

    def listing(self, place: str) -> Path:
        """The JSON file of a place."""
        return path_at(self.root, self.annotations, place, self.splits)

    def _drawn(self, place: str) -> Drawn:
        file = self.listing(place)
        if file not in self._files:
            if not file.is_file():
                raise FileNotFoundError(f"{missing(file)}; expected annotations in COCO's form")
            try:
                self._files[file] = drawn(json.loads(file.read_bytes()), self.crowd)
            except UnicodeDecodeError as error:
                raise NotUtf8(file, error) from error
            except ValueError as error:
                raise ValueError(f"cannot read {file}: {error}") from error
            if not self._files[file].images:
                raise ValueError(f"{file} lists no images; the split {place} needs at least one")
        return self._files[file]
