"""Pictures that stand alone: places for words and plots; templates draw them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Words:
    """A line of text; what is wider than its room is cut."""

    x: float
    y: float
    text: str
    kind: str = "name"  # CSS class
    room: float = 236.0


@dataclass(frozen=True)
class Inset:
    """A plot at a place, drawn by a template from what it is of."""

    x: float
    y: float
    width: float
    height: float
    shapes: str
    of: Any


@dataclass(frozen=True)
class Figure:
    """A picture."""

    title: str
    height: float
    words: list[Words]
    insets: list[Inset]
    width: float = 1060.0


def wrapped(
    x: float, middle: float, text: str, kind: str, columns: int = 34, most: int = 2, room: float = 236.0
) -> Iterator[Words]:
    """A text about a height, in as many lines as it needs, and no more than are said."""
    indent = len(text) - len(text.lstrip())
    lines = textwrap.wrap(text.strip(), columns, max_lines=most, placeholder=" …") or [""]
    for i, line in enumerate(lines):
        yield Words(x + 5 * indent, middle + 4 + 15 * (i - (len(lines) - 1) / 2), line, kind, room)
