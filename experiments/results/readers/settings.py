"""Hyperparameters of a run from a YAML file beside its log."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from experiments.declare.configs import flatten
from experiments.declare.loader import Loader, in_one_line, is_bulky, refuse_depth
from experiments.errors import UserError


class _Foreign(Loader):
    """Reads what Python objects were dumped as, too, and makes nothing of them."""


_Foreign.add_multi_constructor("", lambda loader, tag, node: None)


def mapping(path: Path) -> dict[str, Any]:
    """What a YAML file maps; nothing where there is no such file.

    Raises:
        UserError: If it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        refuse_depth(text)
        content = yaml.load(text, _Foreign)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise UserError(f"{path}: is not valid YAML ({in_one_line(error)})") from error
    return content if isinstance(content, dict) and not is_bulky(content) else {}


def read_settings(path: Path) -> dict[str, str]:
    """The hyperparameters of a YAML file, by dotted key, as text."""
    return texts(mapping(path))


def texts(content: Mapping[str, Any]) -> dict[str, str]:
    """Values by dotted key, as text."""
    return {name: str(value) for name, value in flatten(content).items() if value is not None}
