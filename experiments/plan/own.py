"""Classes of the user's own: looked for beside the configs and in the current folder, after the package's."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from experiments import code
from experiments.declare.configs import PACKAGE, read_yaml
from experiments.declare.loader import Loader
from experiments.plan.origin import pairs

ROOT = PACKAGE.parent
_added: list[str] = []  # to the path, by the last call


def search(folders: Iterable[Path]) -> list[str]:
    """Let Python find modules in folders and in the current one, instead of those of the call before.

    They come last on the path, behind the package, however that is installed: a folder `datamodules` of the user's
    own hides nothing.

    Returns:
        The folders, without the package's.
    """
    sys.path[:] = [folder for folder in sys.path if folder not in _added]
    wanted = dict.fromkeys(str(folder.resolve()) for folder in (ROOT, *folders, Path.cwd()))
    known = {str(Path(folder).resolve()) for folder in sys.path}
    _added[:] = [folder for folder in wanted if folder not in known]
    sys.path += _added
    return [folder for folder in wanted if folder != str(ROOT)]


def used(folders: Sequence[str]) -> list[str]:
    """Those of the folders in which a module was found, so that a saved config may name them."""
    tops = [getattr(item, "__file__", None) for name, item in sys.modules.copy().items() if "." not in name]
    files = [Path(file) for file in tops if isinstance(file, str)]
    places = {str((file.parent if file.stem == "__init__" else file).parent) for file in files}
    return [folder for folder in folders if folder in places]


def named(words: Sequence[str]) -> Iterator[Path]:
    """The folders of a command line's configs, and those that it or they name under `search`."""
    for key, value in pairs(words):
        if key == "config" and not value.lstrip().startswith("{"):
            yield from of_config(Path(value))
        elif key == "search":
            yield from _listed(yaml.load(value, Loader))


def of_config(file: Path) -> list[Path]:
    """The folder of a config, and those that it names under `search`."""
    return [file.parent, *_listed(read_yaml(file).get("search"))]


def holding(folders: Iterable[Path], config: Any) -> list[str]:
    """Those of the folders in which a module lies that a config names; nothing is imported."""
    tops = {text.partition(".")[0] for text in code.names(config) if "." in text}
    wanted = dict.fromkeys(folder.resolve() for folder in folders)
    return [
        str(folder)
        for folder in wanted
        if any((folder / f"{top}.py").is_file() or (folder / top).is_dir() for top in tops)
    ]


def _listed(folders: object) -> list[Path]:
    """The parser says what is wrong with what is not a list of folders."""
    return [Path(folder) for folder in folders if isinstance(folder, str)] if isinstance(folders, list) else []
