"""The files of a bundle, and bundles of files, as anybody's tar reads and writes them."""

import tarfile
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

Files: TypeAlias = dict[str, bytes]


def held(bundle: Path) -> Files:
    """Name → content of each file."""
    with tarfile.open(bundle, "r:xz") as file:
        return {entry.name: content.read() for entry in file if (content := file.extractfile(entry))}


def packed(path: Path, files: Files, *more: tarfile.TarInfo) -> Path:
    """A bundle of these files, and of what is no file."""
    with tarfile.open(path, "w:xz") as file:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            file.addfile(entry, BytesIO(content))
        for entry in more:
            file.addfile(entry)
    return path
