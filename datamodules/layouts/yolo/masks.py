"""Masks painted from the polygons of YOLO."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from faster_coco_eval.core import mask as coco

from datamodules.files.broken import Broken
from datamodules.files.images import image_size
from datamodules.files.lists import is_list, listed_names
from datamodules.layouts.outlines import VOID, Order, Outline, Outlines
from datamodules.layouts.painted import PaintedMasks, warn_of_boxes
from datamodules.layouts.patterns import check_pattern
from datamodules.layouts.yolo.files import A_BOX, Line, YoloFiles, read_lines


class YoloMasks(PaintedMasks):
    """Segmentation data as YOLO's tools write them: one text file an image, a line an object.

    A line holds the number of the class, then x and y of each point of a polygon as shares of the image. The objects of
    an image are painted to one mask, the largest first, so that small ones stay on top. A line of four numbers is a
    box, which says nothing of pixels: it is void, which is said once for each split. An image without a text file shows
    background alone.

    ```yaml
    data:
      class_path: YoloMasks
      init_args: {root: data/fruit, splits: {val: valid}, size: [512, 512]}
    ```

    Args:
        root: The folder that holds the data.
        size: Height and width to resize to.
        images: Where images lie below `root`: a path with `{name}`, and `{split}` where each split has a folder. `*`
            stands for any text, `**/` for any folders; without a suffix, images of any kind are found.
        outlines: Where the text files lie, likewise.
        names_file: The file below `root` whose `names` are the classes, which follow the background; or a text file
            of a name a line.
        background: The class of what no object covers; null if that is void.
        order: `largest_first`, `smallest_first`, or `as_listed` in the file; what is painted later lies on top.
        **others: The other arguments of `MaskData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or a file is broken or contradicts another.
        FileNotFoundError: If a file is missing.
    """

    def __init__(
        self,
        root: str,
        size: tuple[int, int],
        images: str = "{split}/images/{name}",
        outlines: str = "{split}/labels/{name}.txt",
        names_file: str = "data.yaml",
        background: str | None = "background",
        order: Order = "largest_first",
        **others: Any,
    ) -> None:
        super().__init__(root, size, background, order, **others)
        check_pattern("images", images)
        check_pattern("outlines", outlines)
        self.files = YoloFiles(self.root, images, outlines, names_file)

    @cached_property
    def classes(self) -> tuple[str, ...]:  # type: ignore[override]  # read when first asked for
        """Names of the labels."""
        return self.with_ground(self.files.classes)

    def places(self) -> list[str]:
        """What stands at `{split}` in the patterns of images and text files."""
        return self.files.places()

    def found(self, place: str) -> Mapping[str, tuple[Path, Outlines]]:
        """The images of a place by name, and their objects."""
        files = self.files.found(place, self.splits)
        images = {name: image for name, (image, _) in files.items()}
        names = listed_names(self.root / place, images) if is_list(place) else list(files)
        classes, broken, boxes = self.files.classes, Broken(), list[str]()
        found = {}
        for name in names:
            image, file = files[name]
            lines = list(read_lines(file, classes, broken)) if file else []
            boxes += [f"{file}: {each.place}" for each in lines if len(each.shares) == A_BOX]
            with broken.gathered():
                size = image_size(image)
                found[name] = image, Outlines(size, [_outline(each, size) for each in lines])
        broken.refuse()
        warn_of_boxes(place, (each for _, each in found.values()), boxes)
        return found


def _outline(line: Line, size: tuple[int, int]) -> Outline:
    """The pixels of an object; of a box, which is void, all that it holds."""
    shares = line.shares
    if is_box := len(shares) == A_BOX:
        x, y, w, h = shares
        shares = [x - w / 2, y - h / 2, x + w / 2, y - h / 2, x + w / 2, y + h / 2, x - w / 2, y + h / 2]
    points = (np.array(shares).reshape(-1, 2) * size[::-1]).ravel().tolist()
    return Outline(VOID if is_box else line.name, coco.merge(coco.frPyObjects([points], *size)), False)
