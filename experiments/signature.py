"""The arguments of classes, read from their sources: nothing is imported, so that a misspelt key is found at once."""

import ast
import functools
import os
import sys
from pathlib import Path

from experiments.code import absolute, file_in, installed

MODELS = ("tasks", "backbones", "callbacks", "heads", "losses", "optim", "pyramid", "rewrites")
LIBRARIES = ("torch.optim", "torch.optim.lr_scheduler", "lightning.pytorch.callbacks", "lightning.pytorch.loggers")
PACKAGES = (*(f"lightning_modules.{room}" for room in MODELS), "datamodules", *LIBRARIES)  # of short names
BARE = ("object", "ABC", "Callback", "Generic", "LightningDataModule", "LightningModule", "Module", "Protocol")
PLAIN = ast.FunctionDef | ast.AnnAssign | ast.Assign | ast.Expr | ast.Pass  # what a class's body may hold
OF = ("abc", "lightning", "torch", "typing")  # whose bases of these names take nothing that a config gives
NOTHING = ast.ClassDef("", [], [], [ast.Pass()], [])


def arguments(name: str) -> frozenset[str] | None:
    """What a config may give to a class; None where its source is not found, or does not say.

    Args:
        name: Its import path, or a short name as configs have them.
    """
    return _arguments(name, tuple(sys.path), os.getcwd())


@functools.cache  # arms name the same classes
def _arguments(name: str, *where: object) -> frozenset[str] | None:
    place = _place(name)
    return _taken(*place) if place else None


def is_found(name: str) -> bool:
    """Whether a class of this name is found."""
    return arguments(name) is not None or _place(name) is not None


def _place(name: str) -> tuple[str, ast.ClassDef] | None:
    module, _, short = name.rpartition(".")
    found = (_defined(package, short) for package in ([module] if module else PACKAGES))
    return next(filter(None, found), None)


def _taken(module: str, made: ast.ClassDef) -> frozenset[str] | None:
    functions = {item.name: item for item in made.body if isinstance(item, ast.FunctionDef)}
    plain = all(isinstance(item, PLAIN) for item in made.body)
    if made.decorator_list or not plain or "__new__" in functions:  # a dataclass, or anything else
        return None
    init = functions.get("__init__")
    if init is None:
        return _of_bases(module, made)
    own = frozenset(each.arg for each in [*init.args.posonlyargs, *init.args.args, *init.args.kwonlyargs][1:])
    if init.args.kwarg is None:
        return own
    inherited = _of_bases(module, made) if _passes_on(init, init.args.kwarg.arg) else None
    return None if inherited is None else own | inherited


def _of_bases(module: str, made: ast.ClassDef) -> frozenset[str] | None:
    found: frozenset[str] = frozenset()
    for base in made.bases:
        name = ast.unparse(base.value if isinstance(base, ast.Subscript) else base)
        if name.rpartition(".")[2] in BARE and ("." in name or name == "object"):
            continue
        place = _defined(module, name)
        taken = _taken(*place) if place else None
        if taken is None:
            return None
        found |= taken
    return found


def _passes_on(init: ast.FunctionDef, rest: str) -> bool:
    """Whether a constructor does nothing with its `**rest` but hand it to that of its base."""
    calls = [node for node in ast.walk(init) if isinstance(node, ast.Call)]
    to_base = [call for call in calls if ast.unparse(call.func) == "super().__init__"]
    handed = [word.value for call in to_base for word in call.keywords if word.arg is None]
    uses = [node for node in ast.walk(init) if isinstance(node, ast.Name) and node.id == rest]
    return bool(uses) and all(use in handed for use in uses)


def _defined(module: str, name: str, through: tuple[str, ...] = ()) -> tuple[str, ast.ClassDef] | None:
    """A class and the module that defines it: those that only pass it on are looked through."""
    root = installed(module.partition(".")[0])
    path = file_in(root, module) if root else None
    if path is None or module in through:
        return None
    for item in _statements(path, path.stat().st_mtime_ns):
        if isinstance(item, ast.ClassDef) and item.name == name:
            return module, item
        passed = [each.name for each in getattr(item, "names", ()) if (each.asname or each.name) == name]
        if isinstance(item, ast.ImportFrom) and passed:
            target = absolute(item.level, item.module or "", module, path)
            if passed[0] in BARE and target.partition(".")[0] in OF:
                return target, NOTHING
            return _defined(target, passed[0], (*through, module))
    return None


@functools.cache
def _statements(path: Path, changed: int) -> list[ast.stmt]:
    try:
        return ast.parse(path.read_bytes()).body
    except (SyntaxError, ValueError):  # the training will say so
        return []
