"""Files that are there whole or not at all, and tables whose text is text to everybody."""

import csv
import errno
import io
import itertools
import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO, TypeVar

from experiments.errors import DiskError, UserError

Content = TypeVar("Content")
Stamp = list[int]  # as JSON gives it back
_known: dict[str, tuple[Stamp, Any]] = {}  # path → a file's stamp, and what it held

MARK = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet calculate a cell


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, in the same folder; what lies there at the end takes the place of `path`.

    A kill at any moment leaves the old file or the new one, never half of one.

    Raises:
        DiskError: If the disk is full or the folder is lost.
    """
    part = path.with_name(f".{path.name}.{platform.node()}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise DiskError(f"{path} cannot be written ({error.strerror})") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def write_whole(path: Path) -> Iterator[TextIO]:
    """Write a text file, whole or not at all; see `replacing`."""
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        yield file


def check_folder(folder: Path) -> None:
    """Make a folder for results, and find out whether it can hold any before work is lost for it.

    Raises:
        UserError: If it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))  # an empty file goes onto a full disk
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        reason = "it is a file" if folder.is_file() else error.strerror
        raise UserError(f"{folder} cannot hold results ({reason})") from error


def check_place(folder: Path) -> None:
    """Find out whether a folder that is made later could hold results; nothing is made.

    Raises:
        UserError: If it could not be made or written to.
    """
    check_folder(next(path for path in (folder, *folder.parents) if path.exists()))


def read_json(path: Path) -> dict[str, Any] | None:
    """The mapping that a JSON file holds; None if there is no such file, or none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):  # no UTF-8 and no JSON are ValueErrors
        return None
    return content if isinstance(content, dict) else None


def stamp(path: str) -> Stamp | None:
    """What tells a file from what it was before; None if there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return [status.st_mtime_ns, status.st_size, status.st_ino]


def read_once(path: str, read: Callable[[Path], Content | None]) -> Content | None:
    """What a file holds, read anew only where it is another one than at the last time; None where there is none.

    What is returned is shared, and not to be changed.
    """
    now = stamp(path)
    if now is None:
        return None
    known = _known.get(path)
    if known is None or known[0] != now:
        known = _known[path] = now, read(Path(path))
    content: Content | None = known[1]
    return content


def beside(path: Path, why: str) -> Path:
    """Move a file or folder out of the way, to a name of its own beside it.

    Returns:
        Where it is now: `<name>.<why>`, numbered from the second on.
    """
    names = (f"{path.name}.{why}{f'-{n}' if n > 1 else ''}" for n in itertools.count(1))
    free = next(path.with_name(name) for name in names if not path.with_name(name).exists())
    return path.rename(free)


def as_csv(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A CSV with a header; text that a spreadsheet would calculate gets the apostrophe that makes it text there.

    Where there are other than ASCII characters it begins with UTF-8's mark: Excel takes it for another encoding else.
    """
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(map(_cell, row) for row in (columns, *rows))
    text = table.getvalue()
    return text if text.isascii() else f"{MARK}{text}"


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
