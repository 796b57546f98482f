"""Configs as layers: read, merge, tell apart. A trick is a layer that says only what it changes."""

import difflib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from experiments.declare.loader import Loader, foreign
from experiments.errors import UserError

Config = dict[str, Any]
PACKAGE = Path(__file__).parents[1]


def read_yaml(path: Path) -> Config:
    """Read a YAML mapping.

    Raises:
        UserError: If the file is missing or broken, gives a key twice, or is not a mapping.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(f"{path}: is not valid YAML ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict):
        raise UserError(f"{path}: must hold a mapping of keys to values, got {type(content).__name__}")
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
        name: A path, seen from `beside` or from here; or a name in a folder of the package: `x`, `claims/x`.
        beside: Folder.

    Raises:
        UserError: If there is none; names the nearest.
    """
    folder, stem = PACKAGE / kind, name
    if (PACKAGE / name).parent.parent == PACKAGE and (PACKAGE / name).parent.is_dir():
        folder, stem = (PACKAGE / name).parent, Path(name).name
    for path in (beside / name, Path(name), folder / f"{stem}.yaml"):
        if os.path.isfile(path):  # a name too long for a file is not one
            return path.resolve()
    known = [path.stem for path in sorted(folder.glob("*.yaml"))]
    raise UserError(f"no file and none of experiments/{folder.name} is called {name!r}{nearest(stem, known)}")


def called(kind: str, path: Path) -> str:
    """What `find` finds a file by: its name if it is the package's own, else its path seen from here."""
    if path.parent.parent == PACKAGE:
        return path.stem if path.parent.name == kind else f"{path.parent.name}/{path.stem}"
    return os.path.relpath(path)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that can be put behind an error: the known names most like this one."""
    known = list(known)
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or known[:12]
    return f"; nearest: {', '.join(close)}" if close else ""


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> Config:
    """One layer over another, as the Lightning CLI merges them: mappings merge, `key+` appends to a list."""
    merged = dict(below)
    for name, value in above.items():
        if name.endswith("+"):
            merged[name[:-1]] = [*_listed(merged.get(name[:-1])), *value]
        elif isinstance(value, dict) and isinstance(merged.get(name), dict):
            merged[name] = merge(merged[name], value)
        else:
            merged[name] = value
    return merged


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def flatten(config: Mapping[str, Any], prefix: str = "") -> Config:
    """Dotted key → value; lists are values."""
    flat: Config = {}
    for name, value in config.items():
        if isinstance(value, dict) and value:
            flat |= flatten(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def settings(layer: Mapping[str, Any]) -> Config:
    """What a layer sets, by dotted key; what it says of itself is left out."""
    return flatten({name: value for name, value in layer.items() if name != "about"})


def shared_keys(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Keys that both layers set, or of which one lies inside the other; appending to a list sets nothing."""
    ours, theirs = ([key for key in settings(layer) if not key.endswith("+")] for layer in (one, other))
    return sorted({a for a in ours for b in theirs if f"{a}.".startswith(f"{b}.") or f"{b}.".startswith(f"{a}.")})


def diff(below: Mapping[str, Any], layer: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What a layer changes: (key, before, after), with `init_args` and `class_path` left out of the keys."""
    before = flatten(below)
    rows = []
    for name, value in settings(layer).items():
        old = before.get(name.removesuffix("+"), "–")
        if name.endswith("+"):
            rows.append((_short(name[:-1]), _show(old), f"{_show(old)} + {_show(value)}"))
        else:
            rows.append((_short(name), _show(old), _show(value)))
    return rows


def _short(name: str) -> str:
    return ".".join(part for part in name.split(".") if part not in ("init_args", "class_path"))


def _show(value: Any) -> str:
    if isinstance(value, dict) and "class_path" in value:
        given = value.get("init_args")
        arguments = ", ".join(f"{k}={_show(v)}" for k, v in given.items()) if isinstance(given, dict) else ""
        return f"{str(value['class_path']).rsplit('.', 1)[-1]}({arguments})"
    if isinstance(value, list):
        return f"[{', '.join(map(_show, value))}]"
    return value if isinstance(value, str) else json.dumps(value)
