"""Lists of images in text files."""

import unicodedata
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from datamodules.absent import and_others


def is_list(place: str) -> bool:
    """Whether a place of `Splits` is a list of names in a file."""
    return place.endswith(".txt")


def listed_names(file: Path, images: Collection[str]) -> list[str]:
    """The names in a list, sorted: of each line all of it, or the first word; either may be a path with a suffix.

    Raises:
        FileNotFoundError: If there is no such file, or no image of a name.
        ValueError: If it names none.
    """
    if not file.is_file():
        raise FileNotFoundError(f"no file {file}; expected an image name a line")
    names = {listed_name(line, images) for line in lines_of(file)}
    if absent := sorted(names - set(images)):
        raise FileNotFoundError(f"{file} names {and_others(absent)}, and there is no such image")
    if not names:
        raise ValueError(f"{file} lists no images; expected an image name a line")
    return sorted(names)


def lines_of(file: Path) -> list[str]:
    """The lines of a list that are not empty.

    Raises:
        ValueError: If it is no text.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"cannot read {file}: {error}") from error
    return [unicodedata.normalize("NFC", line.strip()) for line in lines if line.strip()]


def listed_name(line: str, images: Collection[str]) -> str:
    """The image that a line of a list names; the line's first word, less folders and suffix, where it names none."""
    first = line.split(maxsplit=1)[0]
    called = (line, PurePosixPath(line).stem, first, PurePosixPath(first).stem)
    return next((name for name in called if name in images), called[-1])
