"""Where code lies, and what it is called."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.declare.configs import PACKAGE

ROOTS = [PACKAGE, PACKAGE.parent / "lightning_modules"]
MODULES = [path for root in ROOTS for path in sorted(root.rglob("*.py"))]


def defined(module: Path) -> Iterator[str]:
    """The functions and classes of a module."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: root.name)
def test_no_module_shares_its_name_with_what_it_defines(root: Path) -> None:
    """`from room import name` would mean the module in one place and the function in another."""
    modules = [path for path in MODULES if root in path.parents]
    assert len(modules) > 50
    assert [path.name for path in modules if path.stem in defined(path)] == []
