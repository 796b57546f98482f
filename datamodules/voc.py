"""Boxes in the layout of PASCAL VOC."""

from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from datamodules.annotations import Annotated, Annotations, Found
from datamodules.boxes import BoxData
from datamodules.samples import Split

Number = TypeVar("Number", int, float)
CALLED: dict[type, str] = {int: "a whole number", float: "a number"}


class VocBoxes(BoxData):
    """Detection data as in PASCAL VOC (Everingham et al., 2010): one XML file an image, and lists of names.

    `ImageSets/Main/train.txt` has a name a line; to the name `a` belong `JPEGImages/a.jpg` and `Annotations/a.xml`.
    Classes that are not given are those of the training annotations, sorted by name. Objects marked `difficult`
    count as any other.

    ```yaml
    data:
      class_path: VocBoxes
      init_args: {root: data/bccd, size: [256, 256], batch_size: 8}
    ```

    PASCAL's own data need `origin: 1`; those of 2012, whose test set is not public, `splits: {test: val}` as well.

    Args:
        root: The folder that holds `ImageSets`, `JPEGImages` and `Annotations`.
        size: Height and width to resize to.
        suffix: How the names of the images end.
        origin: 1 if coordinates count pixels from 1, the last one included, as PASCAL's own do; 0 if they are where
            the edges lie, as most labelling tools write them.
        **boxes: The other arguments of `BoxData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or a file is broken or contradicts another.
        FileNotFoundError: If a file is missing.
    """

    layout: ClassVar[str] = "<root>/{ImageSets/Main/{train,val,test}.txt,JPEGImages,Annotations}"

    def __init__(
        self, root: str, size: tuple[int, int], suffix: str = ".jpg", origin: Literal[0, 1] = 0, **boxes: Any
    ) -> None:
        super().__init__(root, size, **boxes)
        if origin not in (0, 1):
            raise ValueError(f"origin must be 0 or 1, got {origin}")
        self.suffix, self.origin = suffix, origin

    def listing(self, split: Split) -> Path:
        """`ImageSets/Main/<split>.txt`."""
        return self.root / "ImageSets" / "Main" / f"{self.splits[split]}.txt"

    def read(self, split: Split) -> Annotations:
        """One XML file for each line of the listing."""
        listing = self.listing(split)
        try:
            lines = listing.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError as error:
            raise ValueError(f"cannot read {listing}: {error}") from error
        images = [self._annotated(line.strip(), split) for line in lines if line.strip()]
        return Annotations(tuple(sorted({found.name for image in images for found in image.objects})), images)

    def _annotated(self, name: str, split: Split) -> Annotated:
        image, file = self.root / "JPEGImages" / f"{name}{self.suffix}", self.root / "Annotations" / f"{name}.xml"
        for path in (image, file):
            if not path.is_file():
                raise FileNotFoundError(f"{self.listing(split)} names {name}, but there is no file {path}")
        try:
            annotation = ElementTree.parse(file).getroot()
            size = _number(annotation, "size/height", int), _number(annotation, "size/width", int)
            objects = [self._object(index, found) for index, found in enumerate(annotation.findall("object"))]
        except (ElementTree.ParseError, ValueError, LookupError) as error:  # the last of an encoding that none knows
            raise ValueError(f"cannot read {file}: {error}") from error
        return Annotated(image, file, size, objects)

    def _object(self, index: int, found: Element) -> Found:
        place, box = f"object[{index}]", found.find("bndbox")
        try:
            name = _text(found, "name")
            if box is None or len(box) == 0:
                return Found(name, None, place)
            x1, y1, x2, y2 = (_number(found, f"bndbox/{edge}", float) for edge in ("xmin", "ymin", "xmax", "ymax"))
            return Found(name, (x1 - self.origin, y1 - self.origin, x2, y2), place)
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from error


def _number(element: Element, path: str, kind: type[Number]) -> Number:
    text = _text(element, path)
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{path} must be {CALLED[kind]}, got {text!r}") from None


def _text(element: Element, path: str) -> str:
    text = (element.findtext(path) or "").strip()
    if not text:
        raise ValueError(f"<{element.tag}> has no {path}")
    return text
