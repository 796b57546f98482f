"""The classes of masks: what they hold, and what a file beside them calls it."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from datamodules.files.images import read_colours, read_values
from datamodules.layouts.labels import Value
from datamodules.recognise.names import class_values
from datamodules.recognise.pixels import MANY, is_coloured
from datamodules.transforms.bare import IGNORE

IN_ORDER = (
    "name these classes in their order (classes: [road, sky, …], or a file classes.txt with a name a line, and init"
    " again); what is to be ignored is no class: void says its number, and num_classes counts the others"
)
VOID = re.compile(r"void|ignored?|un-?label+ed|not[ _-]label+ed|unknown|undefined", re.IGNORECASE)  # names of no class
STRAY = 0.1  # of the masks: as many may hold what a file of names lacks, by mistake
OBJECTS = (
    "as of objects in a colour each: number the objects of a mask from 1 on in one channel, or save a mask an object,"
    " and they are recognised; if they are classes, name them in a file"
)
BLENDED = "as after a resize that blends, or a save that loses; make these masks anew, with whole labels"


class Classes(NamedTuple):
    """The classes of masks."""

    arguments: dict[str, Any]
    """`classes`, and `void` if it is other than usual, as a data module takes them."""
    notes: list[str]
    """What to say of them."""

    @property
    def names(self) -> list[str]:
        """Their names."""
        return list(self.arguments["classes"])


def named_classes(root: Path, masks: Sequence[Path]) -> Classes:
    """The classes of masks.

    Args:
        root: The folder of the data, below which a file may name them.
        masks: Some that can be read.

    Raises:
        ValueError: If they hold too many numbers or colours, or one alone.
    """
    coloured = is_coloured(masks[0])
    read = read_colours if coloured else read_values
    held = {mask: [_value(each, coloured) for each in np.unique(read(mask))] for mask in masks}
    found = class_values(root)
    if found is None:
        return _unnamed(held, "")
    file, values = found[0].relative_to(root), found[1]
    known = {*values.values(), IGNORE}
    stray = {mask: others for mask, each in held.items() if (others := [value for value in each if value not in known])}
    if len(stray) > max(STRAY * len(held), 1):
        return _unnamed(held, f", of which {file} does not name {next(iter(stray.values()))[0]}")
    notes = [f"the classes are named by {file}"]
    for mask, others in [*stray.items()][:1]:
        notes.append(f"{len(stray)} of {len(held)} masks hold what it does not name: {mask} holds {_said(others)}")
    void = [name for name in values if VOID.fullmatch(name)]
    if not void or len(values) - len(void) < 2:
        return Classes({"classes": dict(values)}, notes)
    notes.append(f"{', '.join(void)} is void, by its name: ignored, and no class")
    classes = {name: value for name, value in values.items() if name not in void}
    return Classes({"classes": classes, **_void([values[name] for name in void])}, notes)


def _value(number: int, coloured: bool) -> Value:
    return f"#{number:06x}" if coloured else int(number)


def _void(values: Sequence[Value]) -> dict[str, Any]:
    """The argument for what is ignored; nothing where it is as usual."""
    if not values or list(values) == [IGNORE]:
        return {}
    return {"void": values[0] if len(values) == 1 else list(values)}


def _unnamed(held: Mapping[Path, Sequence[Value]], but: str) -> Classes:
    """Names for what masks hold."""
    seen = sorted({value for each in held.values() for value in each}, key=lambda value: (str(type(value)), value))
    negative = [value for value in seen if isinstance(value, int) and value < 0]
    labels = [value for value in seen if value not in (IGNORE, *negative)]
    said = f"masks hold {_said(seen)}{but}"
    if lone := _of_objects(held):
        raise ValueError(f"{said}; {len(lone)} of these {len(seen)} colours are in one mask alone, {OBJECTS}")
    if seen == [0, IGNORE] or (len(seen) == 2 and seen[0] == "#000000"):
        classes: Any = {"background": seen[0], "foreground": seen[1]}
    elif 2 <= len(labels) < MANY:
        classes = {f"class_{label}": value for label, value in enumerate(labels)}
        classes = list(classes) if labels == list(range(len(labels))) else classes
    else:
        most = max(held, key=lambda mask: len(held[mask]))
        blended = f"; {most} alone holds {len(held[most])}, {BLENDED}" if len(labels) >= MANY else ""
        raise ValueError(f"{said}: classes are told apart by 2 to {MANY - 1} numbers or colours{blended}")
    how = IN_ORDER if isinstance(classes, list) else "name these classes, and say what is void"
    below = [f"{_said(negative)} is void: ignored, and no class"] if negative else []
    ignored = [*negative, *([IGNORE] if negative and IGNORE in seen else [])]
    return Classes({"classes": classes, **_void(ignored)}, [f"{said}: {how}", *below])


def _of_objects(held: Mapping[Path, Sequence[Value]]) -> list[Value]:
    """The colours that one mask alone holds, where they are so many that they are no classes'; else none."""
    counts = Counter(value for each in held.values() for value in each if isinstance(value, str))
    lone: list[Value] = [value for value, masks in counts.items() if masks == 1]
    few = max(map(len, held.values())) < MANY  # else the colours are blended
    return lone if few and len(lone) > max(len(held), len(counts) / 2) else []


def _said(seen: Sequence[Value]) -> str:
    shown = ", ".join(map(str, seen[:12]))
    return shown if len(seen) <= 12 else f"{shown} and {len(seen) - 12} more"
