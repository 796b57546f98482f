"""Text files of YOLO, and the images that they belong to."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import yaml

from datamodules.files.absent import refuse_alone
from datamodules.files.broken import Broken
from datamodules.files.lists import lines_of
from datamodules.files.texts import read_text
from datamodules.layouts.patterns import folder_at, named_files, places_at, shown
from datamodules.layouts.splits import Splits

NAMES = (".txt", ".names")  # suffixes of files that hold a name a line
A_BOX = 4  # numbers of a line after the class: centre, width and height


class Line(NamedTuple):
    """An object as a line has it."""

    name: str  # of its class
    shares: list[float]  # of the image: a box, or x and y of each point of a polygon
    place: str  # where the file has it, to name it in messages


class YoloFiles:
    """Where images and text files lie.

    Args:
        root: The folder that holds the data.
        images: Where images lie below `root`, a path with `{name}`.
        labels: Where the text files lie, likewise.
        names_file: The file below `root` whose `names` are the classes; or a text file of a name a line.
    """

    def __init__(self, root: Path, images: str, labels: str, names_file: str) -> None:
        self.root, self.images, self.labels, self.names_file = root, images, labels, names_file

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, in the order of their numbers."""
        return class_names(self.root / self.names_file)

    def places(self) -> list[str]:
        """What stands at `{split}` in the patterns of images and text files."""
        return places_at(self.root, self.images, self.labels)

    def folder(self, place: str, splits: Splits) -> Path:
        """The folder below which the images of a place lie."""
        return folder_at(self.root, self.images, place, splits)

    def found(self, place: str, splits: Splits) -> dict[str, tuple[Path, Path | None]]:
        """The images of a place by name, each with its text file, if it has one.

        Raises:
            FileNotFoundError: If there are none.
            ValueError: If a text file has no image.
        """
        self.folder(place, splits)  # or it refuses
        images = named_files(self.root, self.images, place)
        folder = folder_at(self.root, self.labels, place, splits)
        if not folder.is_dir():
            raise FileNotFoundError(f"no folder {folder}; expected a text file there for each image with objects")
        files = named_files(self.root, self.labels, place, {self.root / self.names_file})
        refuse_alone(files, images, "image", partial(shown, self.root, self.images, place))
        return {name: (image, files.get(name)) for name, image in images.items()}


def class_names(file: Path) -> tuple[str, ...]:
    """The classes that a YAML file names, or a text file of a name a line, in the order of their numbers.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it names none.
    """
    if not file.is_file():
        raise FileNotFoundError(f"no file {file}; it holds the names of the classes")
    if file.suffix in NAMES:
        return tuple(lines_of(file))
    try:
        names = yaml.safe_load(read_text(file))["names"]
    except (yaml.YAMLError, TypeError, KeyError) as error:
        raise ValueError(f"{file} must be a mapping with names, the list of classes: {error}") from error
    if isinstance(names, dict) and sorted(names) == list(range(len(names))):
        names = [names[number] for number in range(len(names))]
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{file}: names must be a list of classes, got {names!r:.80}")
    return tuple(names)


def read_lines(file: Path, classes: Sequence[str], broken: Broken) -> Iterator[Line]:
    """The objects in a text file; lines that cannot be read are gathered."""
    for at, line in enumerate(file.read_text(encoding="utf-8-sig", errors="replace").splitlines(), 1):
        if line.strip():
            with broken.gathered():
                yield _line(line.split(), f"line {at}", file, classes)


def _line(words: Sequence[str], place: str, file: Path, classes: Sequence[str]) -> Line:
    try:
        label, *shares = int(words[0]), *map(float, words[1:])
    except ValueError:
        raise ValueError(f"{file}: {place} must be numbers, got {' '.join(words)!r:.80}") from None
    if not 0 <= label < len(classes):
        raise ValueError(f"{file}: {place} has the class {label}; expected 0 to {len(classes) - 1}")
    if len(shares) != A_BOX and (len(shares) < 6 or len(shares) % 2):
        raise ValueError(f"{file}: {place} must hold a class and 4 numbers, or a polygon, got {len(shares)} numbers")
    if max(map(abs, shares)) > 2:
        raise ValueError(f"{file}: {place} must be shares of the image, from 0 to 1, got {max(shares):g}; pixels?")
    return Line(classes[label], shares, place)
