"""Sources of Python, read as text: a hash of what they do, and what they import.

What is hashed of a module is its syntax tree without docstrings: comments and layout may change.
"""

import ast
import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from experiments import __version__
from experiments.files import stamp


class Import(NamedTuple):
    level: int  # dots
    module: str
    name: str  # in the module; empty for the module itself
    bound: str


class Source(NamedTuple):
    hash: str
    imports: tuple[Import, ...]


_known: dict[str, Source] = {}  # path and stamp of a file → what it holds
_parsed_here: set[str] = set()


def read(path: Path) -> Source:
    """What a file holds; parsed once, or not at all where `know` has told it."""
    key = f"{path} {stamp(str(path))}"
    if key not in _known:
        _known[key] = _parsed(path)
        _parsed_here.add(key)
    return _known[key]


def has_news() -> bool:
    """Whether this process has parsed a file."""
    return bool(_parsed_here)


def told() -> dict[str, Any]:
    """All that is known, for another process to `know`: parsing takes most of the time that hashing does."""
    return {"reader": _reader(), "sources": _known}


def know(said: Any) -> None:
    """Take over what another process has `told`, as JSON gives it back; nothing of it if any is damaged."""
    with suppress(AttributeError, KeyError, TypeError, ValueError):
        if said["reader"] == _reader():
            _known.update({key: _source(*each) for key, each in said["sources"].items()})


def _source(of: Any, imports: Any) -> Source:
    made = Source(of, tuple(Import(*each) for each in imports))
    right = all(isinstance(n, int) and all(isinstance(word, str) for word in words) for n, *words in made.imports)
    if not right or not isinstance(of, str):
        raise ValueError(f"no source: {made}")
    return made


def _reader() -> list[Any]:
    """What tells how sources are read: this file as it is."""
    return [__version__, stamp(__file__)]


def _parsed(path: Path) -> Source:
    content = path.read_bytes()
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):  # the training will say so
        return Source(hashlib.sha256(content).hexdigest()[:12], ())
    parts: list[str] = []
    imports: list[Import] = []
    _flatten(tree, parts, imports)
    return Source(hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:12], tuple(imports))


def _imports(node: ast.AST) -> list[Import]:
    if isinstance(node, ast.ImportFrom):
        names = [(alias.name.replace("*", ""), alias.asname) for alias in node.names]
        return [Import(node.level, node.module or "", name, bound or name) for name, bound in names]
    return [Import(0, alias.name, "", "") for alias in node.names] if isinstance(node, ast.Import) else []


def _flatten(node: ast.AST, parts: list[str], imports: list[Import]) -> None:
    """The tree as a list of words, alike in every version of Python, and its imports: empty fields are left out."""
    parts.append(type(node).__name__)
    imports += _imports(node)
    for name in node._fields:
        value = getattr(node, name, None)
        if name == "body" and isinstance(value, list) and _is_docstring(value[:1]):
            value = value[1:]
        if value is not None and value != []:
            parts.append(name)
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, ast.AST):
                    _flatten(item, parts, imports)
                else:
                    parts.append(repr(item))


def _is_docstring(first: list[ast.AST]) -> bool:
    match first:
        case [ast.Expr(value=ast.Constant(value=str()))]:
            return True
    return False
