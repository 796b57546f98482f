"""Boxes in the layout of PASCAL VOC."""

import re
from collections.abc import Mapping
from pathlib import Path, PureWindowsPath
from typing import Any, ClassVar, Literal, TypeVar
from xml.etree.ElementTree import Element

from datamodules.files.absent import and_others
from datamodules.files.broken import Broken
from datamodules.files.lists import is_list, lines_of, listed_name
from datamodules.files.texts import read_xml
from datamodules.layouts.annotations import Annotated, Annotations, Found
from datamodules.layouts.boxes import BoxData
from datamodules.layouts.patterns import check_pattern, folder_at, named_files, path_at, places_at, shown
from datamodules.layouts.units import refuse_wrong_units

Number = TypeVar("Number", int, float)
CALLED: dict[type, str] = {int: "a whole number", float: "a number"}


class VocBoxes(BoxData):
    """Detection data as in PASCAL VOC (Everingham et al., 2010): one XML file an image, and lists of names.

    `ImageSets/Main/train.txt` has a name a line; to the name `a` belong `JPEGImages/a.jpg` and `Annotations/a.xml`, or
    the image that the XML file names.
    Classes that are not given are those of the training annotations, sorted by name. Objects marked `difficult`
    count as any other.

    ```yaml
    data:
      class_path: VocBoxes
      init_args: {root: data/bccd, size: [256, 256], batch_size: 8}
    ```

    PASCAL's own data need `origin: 1`; those of 2012, whose test set is not public, `splits: {test: val}` as well. Data
    without lists, in one folder:

    ```yaml
    data:
      class_path: VocBoxes
      init_args:
        {root: data/masks, images: "images/{name}", annotations: "annotations/{name}.xml", lists: null,
         splits: {val: 0.2, test: 0.2}, size: [256, 256]}
    ```

    Args:
        root: The folder that holds `ImageSets`, `JPEGImages` and `Annotations`.
        size: Height and width to resize to.
        images: Where images lie below `root`: a path with `{name}`, and `{split}` where each split has a folder. `*`
            stands for any text, `**/` for any folders; without a suffix, images of any kind are found.
        annotations: Where the XML files lie, likewise.
        lists: Where the list of a split lies; null if there is none, and the split has all the XML files.
        origin: 1 if coordinates count pixels from 1, the last one included, as PASCAL's own do; 0 if they are where
            the edges lie, as most labelling tools write them.
        **boxes: The other arguments of `BoxData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or a file is broken or contradicts another.
        FileNotFoundError: If a file is missing.
    """

    layout: ClassVar[str] = "<root>/{ImageSets/Main/{train,val,test}.txt,JPEGImages,Annotations}"

    def __init__(
        self,
        root: str,
        size: tuple[int, int],
        images: str = "JPEGImages/{name}",
        annotations: str = "Annotations/{name}.xml",
        lists: str | None = "ImageSets/Main/{split}.txt",
        origin: Literal[0, 1] = 0,
        **boxes: Any,
    ) -> None:
        super().__init__(root, size, **boxes)
        if origin not in (0, 1):
            raise ValueError(f"origin must be 0 or 1, got {origin}")
        check_pattern("images", images)
        check_pattern("annotations", annotations)
        self.images, self.annotations, self.lists, self.origin = images, annotations, lists, origin

    def places(self) -> list[str]:
        """What stands at `{split}` in the patterns of images and annotations."""
        return places_at(self.root, self.images, self.annotations)

    def listing(self, place: str) -> Path:
        """The list of a place, or the folder of its XML files."""
        if self.lists and is_list(place):
            return self.root / place
        if self.lists:
            return path_at(self.root, self.lists, place, self.splits)
        return folder_at(self.root, self.annotations, place, self.splits)

    def read(self, place: str) -> Annotations:
        """One XML file for each line of the list."""
        listing, files = self.listing(place), named_files(self.root, self.annotations, place)
        images = named_files(self.root, self.images, place)
        names = [listed_name(line, files) for line in lines_of(listing)] if self.lists else sorted(files)
        if absent := [name for name in names if name not in files]:
            path = shown(self.root, self.annotations, place, absent[0])
            raise FileNotFoundError(f"{listing} names {and_others(absent)}, but there is no file {path}")
        by_file = {image.name: image for image in images.values()}
        found, broken = [], Broken()
        for name in names:
            with broken.gathered():
                found.append(self._annotated(files[name], images.get(name), by_file, place, broken))
        broken.refuse()
        refuse_wrong_units(found)
        return Annotations(tuple(sorted({each.name for image in found for each in image.objects})), found)

    def _annotated(
        self, file: Path, image: Path | None, by_file: Mapping[str, Path], place: str, broken: Broken
    ) -> Annotated:
        annotation = read_xml(file)
        try:
            size = _number(annotation, "size/height", int), _number(annotation, "size/width", int)
        except ValueError as error:
            raise ValueError(f"cannot read {file}: {error}") from error
        named = PureWindowsPath((annotation.findtext("filename") or "").strip()).name  # of either kind of slash
        if image is None and named not in by_file:
            raise FileNotFoundError(f"{file} has no image, {shown(self.root, self.images, place, file.stem)}")
        objects = []
        for index, each in enumerate(annotation.findall("object")):
            with broken.gathered():
                objects.append(self._object(index, each, file))
        return Annotated(image or by_file[named], file, size, objects)

    def _object(self, index: int, found: Element, file: Path) -> Found:
        place, box = f"object[{index}]", found.find("bndbox")
        try:
            name = _text(found, "name")
            if box is None or len(box) == 0:
                return Found(name, None, place)
            x1, y1, x2, y2 = (_number(found, f"bndbox/{edge}", float) for edge in ("xmin", "ymin", "xmax", "ymax"))
            return Found(name, (x1 - self.origin, y1 - self.origin, x2, y2), place)
        except ValueError as error:
            raise ValueError(f"cannot read {file}: {place}, line {_line(file, index)}: {error}") from error


def _line(file: Path, index: int) -> int:
    """The line on which an object of a file begins."""
    content = file.read_bytes()
    begins = [match.start() for match in re.finditer(rb"<object\b", content)]
    return content.count(b"\n", 0, begins[index]) + 1


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
