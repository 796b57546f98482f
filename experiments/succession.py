"""Owners in turn: files of rising numbers in a folder, of which the highest says who has it.

To follow an owner is to link a file of the next number into the folder, which one alone can do, over NFS too. A number
never comes back: who judged an owner gone, and was slow, finds the next number taken, or left again, and breaks
nothing. (The package flufl.lock links as well, but removes what it judged, which two may do at once, as it says itself;
and it compares the clocks of machines.) A file that its owner has left is called free.
"""

from __future__ import annotations

import errno
import json
import os
import tempfile
import time
import uuid
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from experiments import process
from experiments.errors import UserError
from experiments.process import Process

EXPIRY = 180.0  # seconds without a touch: an NFS client may show a time that is a minute old
FREE = "-free"
GONE = (errno.ENOENT, errno.ESTALE, errno.ENOTDIR)
LINKLESS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
UNKNOWN = Process("another machine", "", 0, 0)  # whoever wrote a file that cannot be read
FORM = {"host": str, "machine": str, "pid": int, "began": int, "job": str, "start": int}


def last(place: Path) -> tuple[int, str]:
    """The highest number, and the name of its file; no name where there has been no owner, or the last one has left."""
    try:
        names = os.listdir(place)
    except FileNotFoundError:
        return 0, ""
    numbered = [(int(name.removesuffix(FREE)), name) for name in names if name.removesuffix(FREE).isdecimal()]
    number, name = max(numbered, default=(0, ""))
    return number, "" if name.endswith(FREE) else name


def follow(place: Path, number: int) -> bool:
    """Make this process the owner after one that is gone; no if another was quicker."""
    if not _link(place, number + 1):
        return False
    own = str(number + 1)
    if last(place) != (number + 1, own):  # what was judged is past: who had this number has left it, or more have come
        (place / own).unlink(missing_ok=True)
        return False
    _tidy(place, number)
    return True


def writer(path: Path) -> Process | None:
    """The owner that wrote a file; None if it is gone."""
    try:
        with path.open("rb") as file:  # NFS asks its server about one that is opened
            said, touched = file.read(), os.fstat(file.fileno()).st_mtime
    except OSError as error:
        return None if error.errno in GONE else UNKNOWN
    other = _process(said)
    if other.has_ended:
        return None
    return other if other.is_here or not _is_past(path.parent, touched) else None


def _link(place: Path, number: int) -> bool:
    """Make a file of a number, whole at once; no if there is one."""
    part = place / f".{number}-{uuid.uuid4().hex}"
    try:
        part.write_text(json.dumps(asdict(process.this())), encoding="utf-8")
        os.link(part, place / str(number))
    except FileNotFoundError:  # whoever was quicker has tidied up
        return False
    except FileExistsError:
        return _links(part) > 1  # NFS may say so of a link that it has made
    except OSError as error:
        if part.exists() and error.errno in LINKLESS:
            raise UserError(f"{place.parent} cannot hold results: its file system has no hard links") from error
        raise
    finally:
        with suppress(OSError):
            part.unlink()
    return True


def _links(part: Path) -> int:
    """How many names a file has; none if whoever was quicker has left by now, and the next owner has tidied up."""
    try:
        return part.stat().st_nlink
    except FileNotFoundError:
        return 0


def _tidy(place: Path, number: int) -> None:
    """Remove what is left of numbers up to this one."""
    for name in os.listdir(place):
        of = name.lstrip(".").partition("-")[0]
        if of.isdecimal() and int(of) <= number:
            (place / name).unlink(missing_ok=True)


def _process(said: bytes) -> Process:
    try:
        content = json.loads(said)
    except ValueError:
        return UNKNOWN
    right = isinstance(content, dict) and content.keys() == FORM.keys()
    return Process(**content) if right and all(isinstance(content[k], kind) for k, kind in FORM.items()) else UNKNOWN


def _is_past(place: Path, touched: float) -> bool:
    """Whether a touch is longer past than a living owner lets pass; the file system's clock alone can say yes."""
    if 0 <= time.time() - touched < EXPIRY / 2:
        return False
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            return os.fstat(file.fileno()).st_mtime - touched > EXPIRY
    except OSError:  # somebody who may only read
        return time.time() - touched > EXPIRY
