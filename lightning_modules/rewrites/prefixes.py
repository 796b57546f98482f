"""Prefixes of the names of all modules in a part of the network."""

from collections.abc import Sequence
from typing import Literal

from lightning_modules.layers import check_choice
from lightning_modules.rewrites.base import Rewrite

Part = Literal["backbone", "context", "fusion", "head"]
PREFIXES = {
    "backbone": "features.backbone.",
    "context": "features.context.",
    "fusion": "features.fusion.",
    "head": "head.",
}


def prefixes_of(rewrite: Rewrite, parts: Sequence[Part]) -> tuple[str, ...]:
    """The prefixes of these parts, as `str.startswith` takes them.

    Raises:
        ValueError: If there are no parts, or one is unknown.
    """
    if not parts:
        raise ValueError(f"{type(rewrite).__name__}: parts must be one or more of {', '.join(PREFIXES)}, got none")
    for part in parts:
        check_choice(rewrite, PREFIXES, parts=part)
    return tuple(PREFIXES[part] for part in parts)
