"""Boxes in the layout of YOLO."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import yaml

from datamodules.annotations import Annotated, Annotations, Corners, Found
from datamodules.boxes import BoxData
from datamodules.broken import Broken
from datamodules.images import image_size
from datamodules.patterns import check_pattern, named_files, path_at, shown
from datamodules.units import refuse_wrong_units


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
        names_file: The file below `root` whose `names` are the classes.
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
        self.images, self.boxes, self.names_file = images, boxes, names_file

    def listing(self, place: str) -> Path:
        """The folder of the images of a place."""
        return path_at(self.root, self.images, place, self.splits).parent

    def read(self, place: str) -> Annotations:
        """One text file an image."""
        classes = class_names(self.root / self.names_file)
        images = named_files(self.root, self.images, place)
        files = self._files(place)
        if alone := sorted(files.keys() - images.keys()):
            raise ValueError(f"{files[alone[0]]} has no image, {self.root / shown(self.images, place, alone[0])}")
        found = [Annotated(path, files.get(name, path), image_size(path), []) for name, path in images.items()]
        broken = Broken()
        for image, name in zip(found, images, strict=True):
            if name in files:
                image.objects.extend(_objects(image, classes, broken))
        broken.refuse()
        refuse_wrong_units(found, _as_written)
        return Annotations(classes, found)

    def _files(self, place: str) -> dict[str, Path]:
        folder = path_at(self.root, self.boxes, place, self.splits).parent
        if not folder.is_dir():
            raise FileNotFoundError(f"no folder {folder}; expected the layout {self.layout}")
        return named_files(self.root, self.boxes, place)


def class_names(file: Path) -> tuple[str, ...]:
    """The classes that a YAML file names, in the order of their numbers.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it names none.
    """
    if not file.is_file():
        raise FileNotFoundError(f"no file {file}; it holds the names of the classes")
    try:
        names = yaml.safe_load(file.read_text(encoding="utf-8"))["names"]
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, KeyError) as error:
        raise ValueError(f"{file} must be a mapping with names, the list of classes: {error}") from error
    if isinstance(names, dict) and sorted(names) == list(range(len(names))):
        names = [names[number] for number in range(len(names))]
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{file}: names must be a list of classes, got {names!r:.80}")
    return tuple(names)


def _objects(image: Annotated, classes: Sequence[str], broken: Broken) -> Iterator[Found]:
    lines = image.file.read_text(encoding="utf-8", errors="replace").splitlines()
    for at, line in enumerate(lines, 1):
        if line.strip():
            with broken.gathered():
                yield _object(line.split(), f"line {at}", image, classes)


def _object(words: Sequence[str], place: str, image: Annotated, classes: Sequence[str]) -> Found:
    try:
        label, *shares = int(words[0]), *map(float, words[1:])
    except ValueError:
        raise ValueError(f"{image.file}: {place} must be numbers, got {' '.join(words)!r:.80}") from None
    if not 0 <= label < len(classes):
        raise ValueError(f"{image.file}: {place} has the class {label}; expected 0 to {len(classes) - 1}")
    if len(shares) != 4 and (len(shares) < 6 or len(shares) % 2):
        raise ValueError(
            f"{image.file}: {place} must hold a class and 4 numbers, or a polygon, got {len(shares)} numbers"
        )
    if max(map(abs, shares)) > 2:
        raise ValueError(
            f"{image.file}: {place} must be shares of the image, from 0 to 1, got {max(shares):g}; pixels?"
        )
    return Found(classes[label], _corners(shares, *image.size), place)


def _corners(shares: Sequence[float], height: int, width: int) -> Corners:
    if len(shares) == 4:
        x, y, w, h = shares
        xs, ys = [x - w / 2, x + w / 2], [y - h / 2, y + h / 2]
    else:
        xs, ys = list(shares[::2]), list(shares[1::2])
    return min(xs) * width, min(ys) * height, max(xs) * width, max(ys) * height


def _as_written(box: Corners) -> Corners:
    """Centre, width and height of a box."""
    x1, y1, x2, y2 = box
    return (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
