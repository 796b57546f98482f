"""The files of a bundle in one: a tar that is pressed as a whole, since what its trials hold is much alike.

The first bundles were zips, in which each file is pressed by itself; they are read still.
"""

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

from experiments.errors import UserError
from experiments.files import replacing

ZIP, XZ = b"PK\x03\x04", b"\xfd7zXZ\x00"  # how they begin
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


class Zipped:
    """A zip of files.

    Args:
        file: The zip.
    """

    def __init__(self, file: zipfile.ZipFile) -> None:
        self.file = file

    def entries(self) -> Iterator[tuple[str, int | None]]:
        """Name and size of each."""
        return ((entry.filename, entry.file_size) for entry in self.file.infolist())

    def read(self, name: str) -> bytes | None:
        """The content of one; None where it is damaged."""
        try:
            return self.file.read(name)
        except DAMAGED:
            return None


class Pressed:
    """A tar of files, pressed by LZMA.

    Args:
        file: The tar.
        bundle: Where it lies.
    """

    def __init__(self, file: tarfile.TarFile, bundle: Path) -> None:
        self.file, self.bundle = file, bundle

    def entries(self) -> Iterator[tuple[str, int | None]]:
        """Name and size of each; of what is no file no size."""
        with _whole(self.bundle):
            for entry in self.file:
                yield entry.name, entry.size if entry.isreg() else None
            while self.file.fileobj and self.file.fileobj.read(2**20):
                pass  # to its very end, which a tar does not look at

    def read(self, name: str) -> bytes | None:
        """The content of one; those that follow each other are read fastest in their order."""
        with _whole(self.bundle):
            content = self.file.extractfile(name)
            return content.read() if content else None


Container: TypeAlias = Zipped | Pressed


def write(out: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write files, named and in this order, whole or not at all; equal ones give equal bytes.

    Raises:
        DiskError: If it cannot be written.
    """
    with replacing(out) as part, tarfile.open(part, "w:xz", format=tarfile.PAX_FORMAT) as tar:
        for name, content in files:
            entry = tarfile.TarInfo(name)  # of 1970 and of nobody, whenever and by whom it is made
            entry.size = len(content)
            tar.addfile(entry, BytesIO(content))


@contextmanager
def opened(bundle: Path) -> Iterator[Container]:
    """The files that are held.

    Raises:
        UserError: If it is none of these, cut off or damaged, or cannot be read.
    """
    try:
        with bundle.open("rb") as file:
            start = file.read(len(XZ))
    except OSError as error:
        raise UserError(f"{bundle} cannot be read ({error.strerror})") from error
    held = Pressed(_tar(bundle), bundle) if start == XZ else Zipped(_zip(bundle, start.startswith(ZIP)))
    with held.file:
        yield held


def _tar(bundle: Path) -> tarfile.TarFile:
    with _whole(bundle):
        return tarfile.open(bundle, "r:xz")


def _zip(bundle: Path, begins: bool) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(bundle)
    except zipfile.BadZipFile as error:
        what = "is cut off or damaged: its end, which lists its files, is not there"
        raise UserError(f"{bundle} {what if begins else 'is not a bundle'}") from error


@contextmanager
def _whole(bundle: Path) -> Iterator[None]:
    """What is pressed as a whole cannot be read behind a damage."""
    try:
        yield
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        raise UserError(f"{bundle} is cut off or damaged") from error
