"""Configs as layers: read, merge, tell apart. A trick is a layer that says only what it changes."""

import difflib
import functools
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from experiments.declare.loader import MOST_VALUES, Loader, foreign, in_one_line, is_bulky, refuse_depth
from experiments.errors import TO_UTF8, UserError

Config = dict[str, Any]
PACKAGE = Path(__file__).parents[1]
FIRST = 6  # names that an error lists where none is near


def read_yaml(path: Path) -> Config:
    """Read a YAML mapping.

    Raises:
        UserError: If the file is missing or broken, gives a key twice, or is not a mapping.
    """
    try:
        return parse_yaml(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not UTF-8 ({error.reason}); {TO_UTF8}") from error


def parse_yaml(text: str, source: object) -> Config:
    """A YAML mapping.

    Args:
        text: The YAML.
        source: Where it comes from, for errors.

    Raises:
        UserError: If it is broken, gives a key twice, is not a mapping, or holds more than any config.
    """
    try:
        refuse_depth(text)
        content = yaml.load(text, Loader)
    except (yaml.YAMLError, RecursionError) as error:
        raise UserError(f"{source}: is not valid YAML ({in_one_line(error)})") from error
    if not isinstance(content, dict):
        raise UserError(f"{source}: must hold a mapping of keys to values, got {type(content).__name__}")
    if is_bulky(content):
        raise UserError(f"{source}: holds more than {MOST_VALUES} values once its aliases are filled in")
    return content


def refuse_foreign(content: Mapping[str, Any], where: object) -> None:
    """Refuse what would not reach a trial as it was written, since JSON lacks it.

    Raises:
        UserError: Names the file, the key and the value.
    """
    try:
        found = foreign(content)
    except RecursionError as error:
        raise UserError(f"{where}: a value holds itself, or is nested too deeply") from error
    if found:
        raise UserError(f"{where}: {found}")


def find(kind: str, name: str, beside: Path = Path()) -> Path:
    """The YAML file that a name means.

    Args:
        kind: Folder of the package where names without a folder are looked for.
        name: A path, seen from `beside` or from here; or a name in a folder of the package: `x`, `claims/x`,
            `claims/real/x`.
        beside: Folder.

    Raises:
        UserError: If there is none; names the nearest.
    """
    folder, stem, inside = PACKAGE / kind, name, (PACKAGE / name).parent
    if PACKAGE in inside.parents and ".." not in inside.parts and os.path.isdir(inside):
        folder, stem = inside, Path(name).name
    for path in (beside / name, Path(name), folder / f"{stem}.yaml"):
        if os.path.isfile(path):  # a name too long for a file is not one
            return path.resolve()
    known = [path.stem for path in sorted(folder.glob("*.yaml"))]
    place = folder.relative_to(PACKAGE.parent).as_posix()
    raise UserError(f"no file and none of {place} is called {name!r}{nearest(stem, known)}")


def called(kind: str, path: Path) -> str:
    """What `find` finds a file by: its name if it is the package's own, else its path seen from here."""
    if PACKAGE in path.parent.parents:
        return path.stem if path.parent == PACKAGE / kind else path.relative_to(PACKAGE).with_suffix("").as_posix()
    return os.path.relpath(path)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that can be put behind an error: the known names most like this one, else the first of those there are."""
    known = list(known)
    if close := difflib.get_close_matches(name, known, n=3, cutoff=0.5):
        return f"; nearest: {', '.join(close)}"
    first, more = known[:FIRST], len(known) - FIRST
    listed = f"{', '.join(first)}{f' and {more} more' if more > 0 else ''}"
    return f"; there {'is' if len(known) == 1 else 'are'} {listed}" if known else ""


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> Config:
    """One layer over another: mappings merge, `key+` appends to a list, another class starts from its own defaults."""
    merged = dict(below)
    for name, value in above.items():
        if name.endswith("+"):
            place = name[:-1] if name[:-1] in merged else name  # else it appends to what the class has by default
            merged[place] = [*_listed(merged.get(place)), *_listed(value)]
        else:
            merged.pop(f"{name}+", None)
            merged[name] = _over(merged.get(name), value)
    return merged


def has(config: Mapping[str, Any], layer: Mapping[str, Any]) -> bool:
    """Whether a config has all that a layer sets, so that it would change nothing."""
    return merge(config, trained(layer)) == config


def merged(layers: Iterable[Mapping[str, Any]]) -> Config:
    """All layers as one, the first lowest."""
    return functools.reduce(merge, layers, Config())


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _over(below: Any, above: Any) -> Any:
    if isinstance(below, str) and isinstance(above, dict) and "init_args" in above:
        below = {"class_path": below}  # a class may be said by its name alone
    if not isinstance(below, dict) or swaps(below, above):
        return above
    if isinstance(above, str) and "class_path" in below:
        return {**below, "class_path": above}
    return merge(below, above) if isinstance(above, dict) else above


def swaps(below: Any, above: Any) -> bool:
    """Whether a value puts a class in the place of another, so that nothing of that one's arguments is kept."""
    old, new = class_of(below), class_of(above)
    return bool(old and new) and not same_class(str(old), str(new))


def same_class(one: str, other: str) -> bool:
    """Whether two names mean one class: `FPN` and `lightning_modules.FPN` do, `torch.optim.SGD` and `mine.SGD` not."""
    packages = {name.partition(".")[0] for name in (one, other) if "." in name}
    return one.rpartition(".")[2] == other.rpartition(".")[2] and len(packages) < 2


def class_of(value: Any) -> Any:
    """The name of the class that a value says, if it is one: alone, or with arguments."""
    return value.get("class_path") if isinstance(value, dict) else value if isinstance(value, str) else None


def flatten(config: Mapping[str, Any], prefix: str = "") -> Config:
    """Dotted key → value; lists are values."""
    flat: Config = {}
    for name, value in config.items():
        if isinstance(value, dict) and value:
            flat |= flatten(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def trained(layer: Mapping[str, Any]) -> Config:
    """What of a layer decides a training: not what it says of itself, and not where classes of one's own lie."""
    return {name: value for name, value in layer.items() if name not in ("about", "search")}


def settings(layer: Mapping[str, Any]) -> Config:
    """What a layer sets, by dotted key."""
    return flatten(trained(layer))


def shared_keys(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Keys that both layers set, or of which one lies inside the other; appending to a list sets nothing."""
    ours, theirs = ([key for key in settings(layer) if not key.endswith("+")] for layer in (one, other))
    return sorted({a for a in ours for b in theirs if f"{a}.".startswith(f"{b}.") or f"{b}.".startswith(f"{a}.")})
