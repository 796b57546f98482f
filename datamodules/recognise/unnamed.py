"""Images that no annotation names."""

import unicodedata
from collections.abc import Collection, Iterable
from pathlib import Path, PurePath

from datamodules.files.absent import and_others
from datamodules.files.images import SUFFIXES


def unnamed(read: Collection[Path], names: Iterable[str]) -> list[str]:
    """What to say of images that lie beside those that are read, and that no annotation names.

    Args:
        read: The images that are read.
        names: What the annotations name, with folders or without, with suffixes or without.
    """
    known = {part for name in names for part in _parts(name)}
    beside = (each for folder in sorted({file.parent for file in read}) for each in sorted(folder.iterdir()))
    others = [each for each in beside if each.suffix.lower() in SUFFIXES and not known & _parts(each.name)]
    return [f"no annotation names {and_others(others)}: left out, not taken as without objects"] if others else []


def _parts(name: str) -> set[str]:
    """A file's name, and that without suffix."""
    path = PurePath(unicodedata.normalize("NFC", name))
    return {path.name, path.stem}
