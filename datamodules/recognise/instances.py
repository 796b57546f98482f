"""Objects with a mask file each, or with a number each in one file."""

from collections.abc import Iterator, Mapping, Sequence
from os.path import commonpath
from pathlib import Path, PurePosixPath

import numpy as np

from datamodules.files.images import read_numbers
from datamodules.layouts.patterns import images_below
from datamodules.recognise.pixels import is_mask
from datamodules.recognise.places import Family, families
from datamodules.recognise.recognised import Recognised, Task

COUNTS = 3  # different counts of objects, at least, where the numbers in masks are objects
CLASS = "object"
SEVERAL = "several mask files an image, as of an object each"
READERS: dict[Task, tuple[str, list[str]]] = {
    "Segmentation": ("InstanceMasks", ["background", CLASS]),
    "Detection": ("InstanceBoxes", [CLASS]),
}


def recognise(root: Path) -> Iterator[Recognised]:
    """Several mask files an image: in a folder of its name, or beside those of others."""
    files = [PurePosixPath(file.relative_to(root)) for file in images_below(root)]
    groups: dict[str, list[tuple[str, Path, Path]]] = {}
    for (images, masks), image, mask in _pairs(files):
        groups.setdefault(masks, []).append((images, root / image, root / mask))
    for family in sorted(families(groups), key=lambda each: -len(groups[each.training]))[:1]:
        found = groups[family.training]
        shown = sorted({image for _, image, _ in found})
        if len(found) > len(shown) and all(is_mask(mask) for _, _, mask in found[:: max(len(found) // 3, 1)]):
            yield from as_objects({"images": found[0][0], "masks": family.training}, family, shown, SEVERAL)


def _pairs(files: Sequence[PurePosixPath]) -> Iterator[tuple[tuple[str, str], PurePosixPath, PurePosixPath]]:
    """Images and files that are masks by their names: the patterns of both, and the two files."""
    images: dict[str, list[PurePosixPath]] = {}
    for file in files:
        if "mask" not in file.parent.name.lower():
            images.setdefault(file.stem, []).append(file)
    for file in files:
        inside = next((part for part in reversed(file.parts[:-1]) if part in images), None)
        ends = [at for at, each in enumerate(file.stem) if each == "_" and file.stem[:at] in images]
        if inside and (image := _nearest(images[inside], file)).parent != file.parent:
            mask = "/".join("{name}" if part == inside else part for part in file.parts[:-1]) + "/*"
            yield (_image_pattern(image), mask), image, file
        elif ends and "mask" in file.parent.name.lower():
            image, more = _nearest(images[file.stem[: ends[-1]]], file), file.stem[ends[-1] :].count("_")
            yield (_image_pattern(image), f"{file.parent.as_posix()}/{{name}}{'_*' * more}"), image, file


def _nearest(images: Sequence[PurePosixPath], file: PurePosixPath) -> PurePosixPath:
    """Of the images of one name, such as those of several splits, the one in most of a file's folders."""
    return max(images, key=lambda image: len(commonpath([image, file])))


def _image_pattern(image: PurePosixPath) -> str:
    """The image's name stands in its folders as well, where each image has one."""
    return "/".join([*("*" if part == image.stem else part for part in image.parts[:-1]), "{name}"])


def as_objects(patterns: Mapping[str, str], family: Family, images: Sequence[Path], why: str) -> Iterator[Recognised]:
    """Masks of objects as data for segmentation, and for detection."""
    arguments = {key: family.generalised(pattern) for key, pattern in patterns.items()}
    notes = [*family.notes, f"{why}; their class is called {CLASS}"]
    for task, (module, classes) in READERS.items():
        yield Recognised(task, module, {**arguments, "classes": classes, **family.splits}, classes, images, notes)


def count_objects(masks: Sequence[Path]) -> bool:
    """Whether the numbers in masks are objects and not classes: in each they run from 1 on, to ends of many kinds."""
    lasts = set()
    for mask in masks:
        numbers = np.unique(read_numbers(mask))
        numbers = numbers[numbers != 0]
        if not np.array_equal(numbers, np.arange(1, len(numbers) + 1)):
            return False
        lasts.add(len(numbers))
    return len(lasts - {0}) >= COUNTS
