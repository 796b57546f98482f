"""The changes that a config makes in those below it, for people."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from experiments.declare.configs import class_of, swaps, trained


def diff(below: Mapping[str, Any], layer: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What a layer changes: (key, before, after), with `init_args` and `class_path` left out of the keys.

    A class in the place of another is one row: of the other's arguments nothing is kept.
    """
    return [(_short(key), before, after) for key, before, after in _changes(below, trained(layer), "")]


def _changes(below: Mapping[str, Any], layer: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, value in layer.items():
        key, old = prefix + name.removesuffix("+"), below.get(name.removesuffix("+"), "–")
        if name.endswith("+"):
            yield key, _show(old), f"{_show(old)} + {_show(value)}" if old not in ("–", []) else _show(value)
        elif isinstance(old, dict) and swaps(old, value):
            yield key, _class(old), _class(value, "else its defaults")
        elif isinstance(value, dict) and value:
            yield from _changes(old if isinstance(old, dict) else {"class_path": old}, value, f"{key}.")
        else:
            yield key, _show(old), _show(value)


def _short(name: str) -> str:
    return ".".join(part for part in name.split(".") if part not in ("init_args", "class_path"))


def _class(value: Any, rest: str = "") -> str:
    """A class with the arguments that it is given."""
    given = value.get("init_args") if isinstance(value, dict) else None
    given = given if isinstance(given, dict) else {}
    rest = rest if given else rest.removeprefix("else ")
    arguments = [*(f"{name}={_show(argument)}" for name, argument in given.items()), *([rest] if rest else [])]
    name = str(class_of(value)).rpartition(".")[2]
    return f"{name}({', '.join(arguments)})" if arguments else name


def _show(value: Any) -> str:
    if isinstance(value, dict) and "class_path" in value:
        return _class(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_show, value))}]"
    return value if isinstance(value, str) else json.dumps(value)
