"""Arrays of many samples in memory-mapped files, which all processes of a machine share."""

import fcntl
import os
import shutil
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
FOLDER, LIMIT = "TRICKBENCH_CACHE", "TRICKBENCH_CACHE_GIB"  # environment variables
MOST_GIB = 20.0
ENDS = "ends"  # of each sample the row after its last, where rows are of several samples
ASIDE = ".part"
LEFT = 24 * 3600  # seconds after which what is built aside is nobody's any more


class Stored:
    """The arrays of each sample, mapped from a folder of `.npy` files: what is read of them, all processes share."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.__setstate__(place)

    def __getstate__(self) -> Path:
        return self.place  # a mapped array would be copied whole

    def __setstate__(self, place: Path) -> None:
        self.place = place
        found = {file.stem: np.load(file, mmap_mode="c") for file in sorted(place.glob("*.npy"))}
        self.ends = found.pop(ENDS)
        self.columns = {name.removesuffix(".rows"): (np.asarray(each), ".rows" in name) for name, each in found.items()}

    def __getitem__(self, index: int) -> dict[str, NDArray[Any]]:
        """Views, not to be written to."""
        rows = slice(self.ends[index - 1] if index else 0, self.ends[index])
        return {name: column[rows] if in_rows else column[index] for name, (column, in_rows) in self.columns.items()}


def shared(key: str, count: int, read: Callable[[int], Arrays], in_rows: Collection[str]) -> Stored | None:
    """Samples that one process of a machine reads for all; None, and a line that says why, where nothing can be stored.

    They lie in `$TRICKBENCH_CACHE`, else in the user's folder of caches. A store is built aside and renamed, by one
    process while others wait for it; those that were used least recently make room for it. One whose builder was
    killed is built anew.

    Args:
        key: Of all that the samples are made from.
        count: How many there are.
        read: The arrays of a sample; called by several threads.
        in_rows: Arrays with any number of rows, the same for all of them; every other has one shape in all samples.
    """
    place = folder() / key
    try:
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            with _alone(place):
                if not place.exists():
                    _build(place, count, read, in_rows)
        os.utime(place)
        return Stored(place)
    except OSError as error:
        print(f"images are read from their files each time: {error}", file=sys.stderr)
        return None


def folder() -> Path:
    """Where stores lie."""
    caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.environ.get(FOLDER) or Path(caches, "trickbench")).expanduser()


def limit() -> float:
    """Bytes that all stores together may take.

    Raises:
        ValueError: If the environment says nonsense.
    """
    said = os.environ.get(LIMIT) or str(MOST_GIB)
    try:
        most = float(said)
    except ValueError:
        most = -1
    if not most >= 0:
        raise ValueError(f"{LIMIT} must be a number of GiB, at least 0, got {said!r}")
    return most * 2**30


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Nobody else is in here for this store; a process that is killed lets go."""
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(place: Path, count: int, read: Callable[[int], Arrays], in_rows: Collection[str]) -> None:
    for left in place.parent.glob(f"{place.name}.*{ASIDE}"):
        shutil.rmtree(left, ignore_errors=True)
    aside = place.with_suffix(f".{os.getpid()}{ASIDE}")
    try:
        aside.mkdir()
        _fill(aside, count, read, in_rows)
        aside.rename(place)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _fill(aside: Path, count: int, read: Callable[[int], Arrays], in_rows: Collection[str]) -> None:
    first = read(0)
    fixed = {name: (value.dtype, (count, *value.shape)) for name, value in first.items() if name not in in_rows}
    _make_room(aside.parent, sum(dtype.itemsize * int(np.prod(shape)) for dtype, shape in fixed.values()))
    columns = {name: _reserved(aside / f"{name}.npy", *each) for name, each in fixed.items()}
    rows = {name: [value[:0]] * count for name, value in first.items() if name in in_rows}

    def put(index: int) -> None:
        for name, value in read(index).items():
            if name in rows:
                rows[name][index] = value
            elif value.shape != columns[name].shape[1:]:
                raise OSError(f"{name} differs in shape: {columns[name].shape[1:]} and {value.shape}")
            else:
                columns[name][index] = value

    _each(put, count)
    for column in columns.values():
        column.flush()  # the name that it gets next promises that it is whole
    counts = [len(value) for value in next(iter(rows.values()), [()] * count)]
    np.save(aside / f"{ENDS}.npy", np.cumsum(counts, dtype=np.int64))
    for name, values in rows.items():
        np.save(aside / f"{name}.rows.npy", np.concatenate(values))


def _each(put: Callable[[int], None], count: int) -> None:
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with ThreadPoolExecutor(allowed) as pool:
        done = pool.map(put, range(count))
        for _ in track(done, "decoding", count, console=console, transient=True, disable=not console.is_terminal):
            pass


def _reserved(file: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> np.memmap[Any, Any]:
    """A mapped array with its place on the disk: a mapped write to a full disk kills the process."""
    column: np.memmap[Any, Any] = np.lib.format.open_memmap(file, "w+", dtype, shape)
    if hasattr(os, "posix_fallocate"):  # macOS has none: `_make_room` has looked
        with file.open("r+b") as opened:
            os.posix_fallocate(opened.fileno(), 0, file.stat().st_size)
    return column


def _make_room(stores: Path, needed: int) -> None:
    most, free = limit(), shutil.disk_usage(stores).free
    if needed > most:
        raise OSError(f"decoded they take {needed / 2**30:.1f} GiB, and {LIMIT} allows {most / 2**30:g}")
    if 2 * needed > free:
        raise OSError(f"decoded they take {needed / 2**30:.1f} GiB, and {free / 2**30:.1f} are free in {stores}")
    known = {each: (each.stat().st_mtime, _size(each)) for each in stores.iterdir() if each.is_dir()}
    others = {each: said for each, said in known.items() if ASIDE not in each.name or time.time() - said[0] > LEFT}
    total = sum(size for _, size in others.values())
    for each, (_, size) in sorted(others.items(), key=lambda item: item[1]):
        if total + needed > most or ASIDE in each.name:
            shutil.rmtree(each, ignore_errors=True)  # whoever has mapped it keeps it
            total -= size


def _size(store: Path) -> int:
    return sum(file.stat().st_size for file in store.glob("*.npy"))
