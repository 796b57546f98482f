"""Classes that are tested by being there."""

import importlib
import inspect
import pkgutil


def subclasses(base: type, within: str = "") -> list[type]:
    """Every class below `base` in a package, by default its own, exported or not, but no abstract ones."""
    package = importlib.import_module(within or base.__module__.rpartition(".")[0])
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    found, todo = set(), [base]
    while todo:
        below = [cls for cls in todo.pop().__subclasses__() if cls.__module__.startswith(package.__name__)]
        found |= set(below)
        todo += below
    return sorted((cls for cls in found if not inspect.isabstract(cls)), key=lambda cls: cls.__name__)
