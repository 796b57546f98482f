"""Names of images as files say them, seen from the folder that holds the images."""

from collections.abc import Iterable
from pathlib import Path, PureWindowsPath


def seen(names: Iterable[str]) -> dict[str, str]:
    """Each name as seen from the images' folder: of a path of another machine the last part alone.

    Raises:
        ValueError: If two become the same.
    """
    here: dict[str, str] = {}
    for name in names:
        path = PureWindowsPath(name)  # takes either kind of slash
        short = path.name if path.anchor and not Path(name).exists() else path.as_posix()
        if (other := here.setdefault(short, name)) != name:
            raise ValueError(f"{other} and {name} are both called {short}: say paths as seen from the images")
    return {name: short for short, name in here.items()}


def images_in(file: Path, names: Iterable[str]) -> dict[str, str]:
    """Each name of an image in a file as `seen` from their folder.

    Raises:
        ValueError: If two become the same; names the file.
    """
    try:
        return seen(names)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
