"""Files that others name, or that belong to others, and are not there."""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from datamodules.files.images import SUFFIXES


def stored(files: Iterable[Path]) -> dict[Path, Path]:
    """Where named files lie, of those that do.

    Names may differ from theirs in how Unicode composes letters, and those of images may lack their suffix.
    """
    beside: dict[Path, dict[str, Path]] = {}
    found = {}
    for file in files:
        if file.is_file():
            found[file] = file
        elif file.parent.is_dir():
            if file.parent not in beside:
                beside[file.parent] = _by_name(file.parent)
            if like := beside[file.parent].get(unicodedata.normalize("NFC", file.name)):
                found[file] = like
    return found


def _by_name(folder: Path) -> dict[str, Path]:
    """The files of a folder by their names, and its images by their names without suffix."""
    there = {unicodedata.normalize("NFC", each.name): each for each in sorted(folder.iterdir())}
    images = {Path(name).stem: each for name, each in there.items() if each.suffix.lower() in SUFFIXES}
    return {**images, **there}


def refuse_absent(file: Path, named: Iterable[Path], found: Collection[Path]) -> None:
    """Refuse a file that names others which are not there.

    Raises:
        FileNotFoundError: If it does; says which, and how many.
    """
    if absent := [each for each in named if each not in found]:
        others = f" (and {len(absent) - 1} more)" if len(absent) > 1 else ""
        raise FileNotFoundError(f"{file} names {absent[0].name}, but there is no file {absent[0]}{others}")


def and_others(found: Sequence[object]) -> str:
    """The first of some things, and how many others there are."""
    return f"{found[0]}" + (f" and {len(found) - 1} more" if len(found) > 1 else "")


def refuse_alone(
    files: Mapping[str, Path], partners: Collection[str], kind: str, wanted: Callable[[str], Path]
) -> None:
    """Refuse files that lack what belongs to them.

    Args:
        files: By name.
        partners: The names that have what belongs to them.
        kind: What that is.
        wanted: Where it ought to lie, by name.

    Raises:
        ValueError: If one does; says which, and how many.
    """
    if alone := sorted(files.keys() - set(partners)):
        others = f" (and {len(alone) - 1} more)" if len(alone) > 1 else ""
        raise ValueError(f"{files[alone[0]]} has no {kind}, {wanted(alone[0])}{others}")


def missing(file: Path) -> str:
    """Says that there is no such file; or of its folders the first that is missing, and what is called like it."""
    for each in reversed(file.parents):
        if not each.is_dir():
            return f"no folder {each}{_nearest(each)}"
    return f"no file {file}"


def _nearest(folder: Path) -> str:
    beside = [each.name for each in folder.parent.iterdir() if each.is_dir()] if folder.parent.is_dir() else []
    like = get_close_matches(folder.name, beside, n=1)
    return f" (did you mean {folder.parent / like[0]}?)" if like else ""
