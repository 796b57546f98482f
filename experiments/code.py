"""The code that a config names, as hashes of its sources (see `source`): found by name, nothing is imported."""

import functools
import importlib.util
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from experiments import __version__, source

PACKAGES = ("lightning_modules", "datamodules")  # where short names are looked for; hashed wherever they are installed
LIBRARIES = {"site-packages", "dist-packages"}
SHOWN = 3  # modules, where all that changed would be a paragraph
WORD = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
CLASS = re.compile(r"^class (\w+)", re.MULTILINE)


def hashes(config: Any) -> dict[str, str]:
    """The modules behind a config: those of the classes that it names and all that these import, libraries left out.

    Args:
        config: Anything of mappings, lists and values; each text in it may be the name of a class.

    Returns:
        Module → hash of its source; `trickbench` → the package's version, which stands for what runs the trials.
    """
    todo = [module for text in sorted(set(names(config))) for module in _named(text)]
    found: dict[str, str] = {}
    while todo:
        module = todo.pop()
        path = _file(module)
        if path and module not in found:
            found[module] = source.read(path).hash
            todo += _used(module, path, path.stat().st_mtime_ns)
    return {"trickbench": __version__, **dict(sorted(found.items()))}


def in_short(modules: Sequence[str]) -> str:
    """Modules in a line: a release changes dozens of them, and each trial's result.json has them all."""
    more = len(modules) - SHOWN
    return ", ".join(modules[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def names(config: Any) -> Iterator[str]:
    """The texts of a config that may be names of classes."""
    if isinstance(config, str):
        yield from [config] * bool(WORD.fullmatch(config))
    elif isinstance(config, dict | list | tuple):
        for value in config.values() if isinstance(config, dict) else config:
            yield from names(value)


def _named(text: str) -> list[str]:
    module, _, name = text.rpartition(".")
    return _defining(module, name) if module else short_names().get(name, [])


@functools.cache
def short_names() -> dict[str, list[str]]:
    """Class → the modules of the package that define it."""
    places: dict[str, list[str]] = {}
    for root in filter(None, map(_root, PACKAGES)):
        for path in sorted(root.rglob("*.py")):
            module = ".".join(path.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__")
            for name in CLASS.findall(path.read_text(encoding="utf-8")):
                places.setdefault(name, []).append(module)
    return places


@functools.cache
def _used(module: str, path: Path, changed: int) -> list[str]:
    found = (
        _defining(absolute(used.level, used.module, module, path), used.name) for used in source.read(path).imports
    )
    return sorted({place for places in found for place in places})


def _defining(module: str, name: str) -> list[str]:
    """The module that a name comes from: a package that only passes it on is looked through."""
    path = _file(module)
    if name and _file(f"{module}.{name}"):
        return [f"{module}.{name}"]
    if path and path.name == "__init__.py":
        for used in source.read(path).imports:
            target = absolute(used.level, used.module, module, path)
            if name and used.bound == name and target != module:
                return _defining(target, used.name)
    return [module] if path else []


def absolute(level: int, named: str, module: str, path: Path) -> str:
    """The module that an import names by so many dots and a name, in this module, whose source lies there."""
    if not level:
        return named
    folder = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    return ".".join([*folder[: len(folder) - level + 1], *filter(None, [named])])


def _file(module: str) -> Path | None:
    """The source of a module of the package or of one's own; None of a library's."""
    root = _root(module.partition(".")[0])
    return file_in(root, module) if root else None


def file_in(root: Path, module: str) -> Path | None:
    """The source of a module below what its first name is: the folder of a package, or the module itself."""
    _, *inner = module.split(".")
    if root.suffix:
        return None if inner else root
    place = os.path.join(root, *inner)
    candidates = (f"{place}.py", f"{place}/__init__.py")  # as text: thousands are asked for
    return next((Path(path) for path in candidates if os.path.isfile(path)), None)


def _root(top: str) -> Path | None:
    """Folder of a package, or file of a module; None of a library's."""
    root = installed(top)
    return root if root and (top in PACKAGES or not _is_library(root)) else None


@functools.cache
def _is_library(root: Path) -> bool:
    """Whether an installer put it there: among others of its kind, or into a folder of the user's (`pip --target`)."""
    if LIBRARIES & set(root.parts):
        return True
    lists = (record.read_text(encoding="utf-8") for record in root.parent.glob("*.dist-info/RECORD"))
    return any(line.startswith((f"{root.name}/", f"{root.name},")) for text in lists for line in text.splitlines())


def installed(top: str) -> Path | None:
    """Folder of a package, or file of a module, wherever it is; None if there is none, or no source of it."""
    return _found(top, tuple(sys.path), os.getcwd())


@functools.cache
def _found(top: str, *where: object) -> Path | None:
    if not top or top in sys.stdlib_module_names:
        return None
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    places = [*(spec.submodule_search_locations or ()), spec.origin or ""] if spec else []
    path = Path(places[0]) if places else Path()
    return path if path.suffix in ("", ".py") and path.is_absolute() else None
