"""Boxes in the layout of YOLO."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from datamodules.files.broken import Broken
from datamodules.files.images import image_size
from datamodules.layouts.annotations import Annotated, Annotations, Corners, Found
from datamodules.layouts.boxes import BoxData
from datamodules.layouts.patterns import check_pattern
from datamodules.layouts.units import refuse_wrong_units
from datamodules.layouts.yolo.files import A_BOX, YoloFiles, read_lines


class YoloBoxes(BoxData):
    """Detection data as YOLO's tools write them: one text file an image, a line a box.

    A line holds the number of the class, then centre, width and height as shares of the image; a line of more numbers
    is a polygon, whose box counts. An image without a text file has no objects. Names of the classes are those of
    `data.yaml`.

    ```yaml
    data:
      class_path: YoloBoxes
      init_args: {root: data/fruit, splits: {val: valid}, size: [512, 512]}
    ```

    Args:
        root: The folder that holds the data.
        size: Height and width to resize to.
        images: Where images lie below `root`: a path with `{name}`, and `{split}` where each split has a folder. `*`
            stands for any text, `**/` for any folders; without a suffix, images of any kind are found.
        boxes: Where the text files lie, likewise.
        names_file: The file below `root` whose `names` are the classes, or a text file of a name a line.
        **others: The other arguments of `BoxData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or a file is broken or contradicts another.
        FileNotFoundError: If a file is missing.
    """

    layout: ClassVar[str] = "<root>/{data.yaml,{train,val,test}/{images,labels}}, or as images and boxes say"

    def __init__(
        self,
        root: str,
        size: tuple[int, int],
        images: str = "{split}/images/{name}",
        boxes: str = "{split}/labels/{name}.txt",
        names_file: str = "data.yaml",
        **others: Any,
    ) -> None:
        super().__init__(root, size, **others)
        check_pattern("images", images)
        check_pattern("boxes", boxes)
        self.files = YoloFiles(self.root, images, boxes, names_file)

    def places(self) -> list[str]:
        """What stands at `{split}` in the patterns of images and text files."""
        return self.files.places()

    def listing(self, place: str) -> Path:
        """The folder of the images of a place."""
        return self.files.folder(place, self.splits)

    def read(self, place: str) -> Annotations:
        """One text file an image."""
        classes, broken = self.files.classes, Broken()
        found = []
        for image, file in self.files.found(place, self.splits).values():
            with broken.gathered():
                size = image_size(image)
                lines = read_lines(file, classes, broken) if file else ()
                objects = [Found(each.name, _corners(each.shares, *size), each.place) for each in lines]
                found.append(Annotated(image, file or image, size, objects))
        broken.refuse()
        refuse_wrong_units(found, _as_written)
        return Annotations(classes, found)


def _corners(shares: Sequence[float], height: int, width: int) -> Corners:
    if len(shares) == A_BOX:
        x, y, w, h = shares
        xs, ys = [x - w / 2, x + w / 2], [y - h / 2, y + h / 2]
    else:
        xs, ys = list(shares[::2]), list(shares[1::2])
    return min(xs) * width, min(ys) * height, max(xs) * width, max(ys) * height


def _as_written(box: Corners) -> Corners:
    """Centre, width and height of a box."""
    x1, y1, x2, y2 = box
    return (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
