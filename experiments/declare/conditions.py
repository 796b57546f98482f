"""Conditions: named configs under each of which an ablation asks its question, and what is expected there."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from experiments.declare.configs import Config, nearest
from experiments.declare.sheet import Expectation
from experiments.errors import UserError
from experiments.folder import COSTS

Expected = Expectation | dict[str, Expectation]
DIFFERENCE = "difference"  # in `expects`: the effect under the second condition minus that under the first


def is_expects(value: Any) -> bool:
    """Whether it maps tricks to expectations, or to conditions with expectations."""
    said = value.values() if isinstance(value, dict) else [value]
    words = [word for each in said for word in (each.values() if isinstance(each, dict) else [each])]
    return isinstance(value, dict) and {} not in said and all(word in get_args(Expectation) for word in words)


def is_conditions(value: Any) -> bool:
    """Whether it maps two or more names to configs, or to the paths of such."""
    return isinstance(value, dict) and len(value) > 1 and all(isinstance(layer, dict | str) for layer in value.values())


def read_conditions(content: Mapping[str, Any], file: Path) -> dict[str, Path | Config]:
    """The conditions of an ablation, with the files that they name.

    Args:
        content: The ablation's keys.
        file: Its YAML.

    Raises:
        UserError: For a name that is no folder's, a file that is not there, an `expects` that speaks of conditions
            that are not there.
    """
    declared = content.get("conditions", {})
    for name in declared:
        if not re.fullmatch(r"\w[\w+-]*", name) or len(name) > 64 or name in (COSTS, DIFFERENCE):
            wanted = f"1 to 64 letters, digits, _, + or -, and not {COSTS} or {DIFFERENCE}"
            raise UserError(f"{file}: a condition's name, which is that of its folder, must be {wanted}, got {name!r}")
    for trick, said in content.get("expects", {}).items():
        if isinstance(said, dict):
            _refuse_unknown(file, trick, said, declared)
    return {name: _find(layer, file) if isinstance(layer, str) else layer for name, layer in declared.items()}


def _refuse_unknown(file: Path, trick: str, said: Iterable[str], declared: Mapping[str, Any]) -> None:
    for name in said:
        if name == DIFFERENCE and len(declared) != 2:
            raise UserError(
                f"{file}: expects of {trick}: {DIFFERENCE} takes exactly two conditions, got {len(declared)}"
            )
        if name not in (DIFFERENCE, *declared):
            there = nearest(name, declared) or "; there are none"
            raise UserError(f"{file}: expects of {trick} names {name!r}, which is none of its conditions{there}")


def _find(name: str, file: Path) -> Path:
    for path in (file.parent / name, Path(name)):
        if path.is_file():
            return path.resolve()
    raise UserError(f"{file}: conditions: no file is called {name!r}, seen from there or from here")
