"""Data sets from their public addresses."""

from collections.abc import Callable
from pathlib import Path

from filelock import FileLock
from torchvision.datasets.utils import download_and_extract_archive


def fetched(folder: Path, fetch: Callable[[], object]) -> None:
    """Fetch data unless their folder is there: one process at a time, and again where one was interrupted.

    Args:
        folder: That comes of it.
        fetch: Loads the data and unpacks them.

    Raises:
        ValueError: If that fails.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    with FileLock(folder.with_name(f".{folder.name}.lock")):
        if folder.exists() and not unfinished.exists():
            return
        unfinished.touch()
        try:
            fetch()
        except (OSError, RuntimeError) as error:
            raise ValueError(f"cannot download {folder}: {error}") from error
        unfinished.unlink()


def fetch_archive(url: str, folder: Path) -> None:
    """Load an archive and unpack it in a folder; what is left of an earlier attempt is loaded again."""
    name = url.rpartition("/")[2]
    (folder / name).unlink(missing_ok=True)
    download_and_extract_archive(url, str(folder), filename=name, remove_finished=True)
