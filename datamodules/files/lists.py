"""Lists of images in text files."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from itertools import takewhile
from pathlib import Path, PurePosixPath

from datamodules.files.absent import and_others
from datamodules.files.texts import read_text


def is_list(place: str) -> bool:
    """Whether a place of `Splits` is a list of names in a file."""
    return place.endswith(".txt")


def listed_names(file: Path, images: Mapping[str, Path]) -> list[str]:
    """The names in a list, sorted: of each line all of it, or the first word; either may be a path with a suffix.

    Args:
        file: The list.
        images: The file of each image by its name.

    Raises:
        FileNotFoundError: If there is no such file, or no image of a name.
        ValueError: If it names none, or a line may mean several.
    """
    if not file.is_file():
        raise FileNotFoundError(f"no file {file}; expected an image name a line")
    by_end = _by_end(images)
    meant = {line: _meant(line, images, by_end) for line in lines_of(file)}
    if not meant:
        raise ValueError(f"{file} lists no images; expected an image name a line")
    _refuse_unclear(file, meant, images)
    return sorted({name for names in meant.values() for name in names})


def _by_end(images: Mapping[str, Path]) -> dict[str, set[str]]:
    """The names of images by what a line may call them: without folders, and without a suffix too."""
    found: dict[str, set[str]] = {}
    for name, image in images.items():
        for end in (PurePosixPath(name).name, unicodedata.normalize("NFC", image.stem)):
            found.setdefault(end, set()).add(name)
    return found


def _refuse_unclear(file: Path, meant: Mapping[str, Sequence[str]], images: Mapping[str, Path]) -> None:
    if absent := sorted({listed_name(line, images) for line, names in meant.items() if not names}):
        raise FileNotFoundError(f"{file} names {and_others(absent)}, and there is no such image")
    for line, names in meant.items():
        if len(names) > 1:
            raise ValueError(f"{file} names {line}, which may be {' or '.join(sorted(names))}; write paths")


def _meant(line: str, images: Mapping[str, Path], by_end: Mapping[str, Collection[str]]) -> list[str]:
    """The images that a line may mean: of several of one name those whose paths agree with it the furthest."""
    for said in (line, line.split(maxsplit=1)[0]):
        if said in images:
            return [said]
        path = PurePosixPath(said)
        if names := by_end.get(path.name) or by_end.get(path.stem):
            agreeing = {name: _agreement(images[name], path) for name in names}
            return [name for name, far in agreeing.items() if far == max(agreeing.values())]
    return []


def _agreement(image: Path, said: PurePosixPath) -> tuple[int, bool]:
    """How many folders before the name are as a line says, and whether the suffix is."""
    there = PurePosixPath(unicodedata.normalize("NFC", image.as_posix()))
    folders = zip(reversed(there.parent.parts), reversed(said.parent.parts), strict=False)
    return sum(1 for _ in takewhile(lambda each: each[0] == each[1], folders)), there.name == said.name


def lines_of(file: Path) -> list[str]:
    """The lines of a list that are not empty.

    Raises:
        ValueError: If it is not UTF-8.
    """
    return [unicodedata.normalize("NFC", line.strip()) for line in read_text(file).splitlines() if line.strip()]


def listed_name(line: str, images: Collection[str]) -> str:
    """The image that a line of a list names; the line's first word, less folders and suffix, where it names none."""
    first = line.split(maxsplit=1)[0]
    called = (line, PurePosixPath(line).stem, first, PurePosixPath(first).stem)
    return next((name for name in called if name in images), called[-1])
