"""A folder is one process's at a time, on one machine or on several that share it, over NFS too.

Its `.lease` holds a file for each owner in turn (see `succession`), which a thread of the owner touches. An owner of
this machine is gone as soon as its process has ended, one of another machine after minutes without a touch. One that
was only asleep notices before it writes (`check`).
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from experiments import succession
from experiments.errors import UserError
from experiments.files import check_folder
from experiments.folder import LEASE, RUNNERS
from experiments.process import Process
from experiments.succession import EXPIRY, FREE, GONE

CODE = 69  # exit code of a training that another process has; of EX_UNAVAILABLE
BEAT = 20.0  # seconds between two touches
PAUSES = (0.01, 0.5)  # seconds between two tries of one who waits: the first, and the longest
UNSAID = 1.0  # seconds that one waits without a word
_held: dict[str, Lease] = {}


class Taken(UserError):
    """Another process has a folder, or had it and left nothing to do."""


class Lost(Taken):
    """This process had a folder, was not heard of for minutes, and another has it now."""


class Lease:
    """A folder that this process has, until it is released.

    Args:
        folder: The folder.
        number: Of its file.
    """

    def __init__(self, folder: Path, number: int) -> None:
        self.folder, self.number, self.path = folder, number, _place(folder) / str(number)
        self.lost, self.over = False, threading.Event()
        threading.Thread(target=self._beat, daemon=True).start()

    def _beat(self) -> None:
        while not self.over.wait(BEAT):
            self.touch()

    def touch(self) -> None:
        """Say that this process is there, and look whether another has taken the folder."""
        try:
            os.utime(self.path)
            self.lost |= succession.last(_place(self.folder))[0] > self.number
        except OSError as error:  # a full or unreachable disk may come back
            self.lost |= error.errno in GONE

    def release(self) -> None:
        """Leave the folder to others."""
        self.over.set()
        with suppress(OSError):  # where it cannot be said, the end of this process says it
            self.path.rename(self.path.with_name(f"{self.number}{FREE}"))


def owner(folder: Path) -> Process | None:
    """Who has a folder; None if nobody has."""
    try:
        _, name = succession.last(_place(folder))
    except OSError:  # lost, or of somebody else
        return None
    return succession.writer(_place(folder) / name) if name else None


def is_own(folder: Path) -> bool:
    """Whether this process has a folder."""
    return _key(folder) in _held


def check(folder: Path) -> None:
    """Make sure that a folder is this process's still, just before something is written that must not be late.

    A folder that it never had is no matter of this.

    Raises:
        Lost: If another process has it by now.
    """
    if lease := _held.get(_key(folder)):
        lease.touch()
        if lease.lost:
            by = owner(folder) or "another process"
            raise Lost(f"{folder} was taken over by {by}: this one was not heard of for {EXPIRY / 60:g} minutes")


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Have a folder for this process alone; it is made if it is not there.

    Raises:
        Taken: If another has it.
    """
    key = _key(folder)
    lease = _held[key] = _take(folder)
    try:
        yield
    finally:
        del _held[key]
        lease.release()


@contextmanager
def waited_for(folder: Path, say: Callable[[Process], object] = lambda _: None) -> Iterator[None]:
    """Have a folder as by `held`, as soon as no other process has it.

    Args:
        folder: The folder.
        say: Called once with who has it, if it has to be waited for.
    """
    began, pause, said = time.monotonic(), PAUSES[0], False
    with ExitStack() as holding:
        while True:
            try:
                holding.enter_context(held(folder))
                break
            except Taken:
                if not said and time.monotonic() - began > UNSAID and (other := owner(folder)):
                    said = True
                    say(other)
            time.sleep(pause)
            pause = min(2 * pause, PAUSES[1])
        yield


@contextmanager
def made(folder: Path) -> Iterator[None]:
    """A folder for results, made where it is not there, and not left behind if nothing came to lie in it.

    Raises:
        UserError: If it cannot be made or written to.
    """
    new = [each for each in (folder, *folder.parents) if not each.exists()]
    check_folder(folder)
    try:
        yield
    finally:
        with suppress(OSError):  # another process is quicker, or has something there by now
            if set(os.listdir(folder)) <= {LEASE, RUNNERS} and not owner(folder):
                for name in os.listdir(folder):
                    shutil.rmtree(folder / name) if name == LEASE else (folder / name).rmdir()
            for each in new:
                each.rmdir()


def _take(folder: Path) -> Lease:
    place = _place(folder)
    place.mkdir(parents=True, exist_ok=True)
    number, name = succession.last(place)
    if name and (other := succession.writer(place / name)):
        raise Taken(f"{folder} is in use by {other}; wait for it or stop it")
    if not succession.follow(place, number):
        raise Taken(f"{folder} is in use by another process, which was quicker")
    return Lease(folder, number + 1)


def _place(folder: Path) -> Path:
    return folder / LEASE


def _key(folder: Path) -> str:
    return os.path.realpath(folder)
