"""JSON schemas of what is written in YAML, from the types of what it becomes; editors complete and check by them."""

import dataclasses
import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import docstring_parser

from experiments.declare.ablation import Ablation
from experiments.declare.budget import UNITS
from experiments.declare.configs import PACKAGE
from experiments.declare.keys import CHECKS, DesignName

Schema = dict[str, Any]
DRAFT = "https://json-schema.org/draft/2020-12/schema"
PLAIN: dict[Any, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    Path: {"type": "string"},
    NoneType: {"type": "null"},
    list: {"type": "array"},
    dict: {"type": "object"},
}


def ablation() -> Schema:
    """The schema of an ablation's YAML."""
    hints = {**get_type_hints(Ablation), "seeds": int | list[int], "design": DesignName | list[DesignName]}
    one = {"type": "number", "exclusiveMinimum": 0}
    trick = named("tricks")
    written = {  # what the YAML holds is not what the class does
        "baseline": named("baselines"),
        "tricks": {"type": "array", "minItems": 1, "items": any_of([trick, {"type": "array", "items": trick}])},
        "budget": {**mapping(dict.fromkeys(UNITS, one)), "minProperties": 1, "maxProperties": 1},
    }
    told, keys = descriptions(Ablation), {}
    for key, (_, wanted) in CHECKS.items():
        made = written.get(key) or _without_null(of_type(hints[key], of_fields))
        keys[key] = {**made, "description": f"{told[key]} Must be {wanted}."}
    required = [key for key in _required(Ablation) if key != "name"]  # the file has one
    return {"$schema": DRAFT, "title": "An ablation of trickbench", **mapping(keys), "required": required}


def of_type(hint: Any, of_class: Callable[[type], Schema]) -> Schema:
    """The schema of a type; an empty one, which takes anything, where JSON has no word for it.

    Args:
        hint: The type. A callable is written as what it returns.
        of_class: The schema of a class.
    """
    inner, origin = get_args(hint), get_origin(hint)
    if hint is Any:  # a class, since Python 3.11
        return {}
    if not inner:
        return PLAIN.get(hint) or (of_class(hint) if inspect.isclass(hint) else {})
    if origin is Literal:
        return {"enum": list(inner)}
    if origin is Callable:
        return of_type(inner[-1], of_class)
    return _of_generic(origin, [of_type(each, of_class) for each in inner if each is not ...])


def _of_generic(origin: Any, inner: list[Schema]) -> Schema:
    if origin in (Union, UnionType):
        return any_of(inner)
    if issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": inner[1]}
    return {"type": "array", "items": any_of(inner)} if issubclass(origin, Iterable) else {}


def of_fields(cls: type) -> Schema:
    """The schema of a mapping to a dataclass's fields; an empty one for another class."""
    if not dataclasses.is_dataclass(cls):
        return {}
    told = descriptions(cls)
    fields = {key: {**of_type(hint, of_fields), **described(told, key)} for key, hint in get_type_hints(cls).items()}
    return {**mapping(fields), "required": _required(cls)}


def mapping(properties: Schema) -> Schema:
    """A mapping with these keys and no other."""
    return {"type": "object", "properties": properties, "additionalProperties": False}


def any_of(schemas: list[Schema]) -> Schema:
    """Whatever one of them takes."""
    unlike = [each for i, each in enumerate(schemas) if each not in schemas[:i]]
    return unlike[0] if len(unlike) == 1 else {"anyOf": unlike}


def named(folder: str) -> Schema:
    """The name of a YAML in one of the package's folders, or the path of one."""
    names = sorted(file.stem for file in (PACKAGE / folder).glob("*.yaml"))
    return any_of([{"enum": names}, {"type": "string"}])


def descriptions(cls: type) -> dict[str, str]:
    """What the docstring of a class, and those below it, say of its arguments."""
    places = [place for base in cls.__mro__[::-1] for place in (base, vars(base).get("__init__"))]
    texts = [place.__doc__ for place in places if place and place.__doc__]
    parsed = [docstring_parser.parse(text, docstring_parser.DocstringStyle.GOOGLE) for text in texts]
    return {item.arg_name: " ".join((item.description or "").split()) for doc in parsed for item in doc.params}


def described(told: Mapping[str, str], key: str) -> Schema:
    """The description of an argument, where there is one."""
    return {"description": told[key]} if told.get(key) else {}


def _without_null(schema: Schema) -> Schema:
    return any_of([each for each in schema["anyOf"] if each != PLAIN[NoneType]]) if "anyOf" in schema else schema


def _required(cls: Any) -> list[str]:
    missing = dataclasses.MISSING
    return [field.name for field in dataclasses.fields(cls) if field.default is field.default_factory is missing]
