"""The numbers or colours in masks, and the labels that they stand for."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor
from torch import Tensor

from datamodules.files.images import read_colours, read_values
from datamodules.loading.presence import shares
from datamodules.transforms.bare import IGNORE

Value = int | str
Values = Value | Sequence[Value]

UNKNOWN = -1


class Labels:
    """What masks hold for each class: a number, or a colour such as `"#00ff00"`.

    Args:
        classes: Names of the labels 0, 1, 2 …, whose numbers these are; or for each name the number, the colour, or a
            list of them, that masks have for it.
        void: What masks have at pixels to ignore, likewise. 0 says of classes without numbers that they count from 1.

    Raises:
        ValueError: If two classes share a number, numbers and colours mix, or there are too many.
    """

    def __init__(self, classes: Sequence[str] | Mapping[str, Values], void: Values) -> None:
        self.names = tuple(classes)
        _check_names(self.names)
        self.counted = not isinstance(classes, Mapping)
        first = 1 if void == 0 else 0
        values = dict(zip(self.names, range(first, first + len(self.names)), strict=True))
        self.values = {
            name: _listed(each) for name, each in (classes if isinstance(classes, Mapping) else values).items()
        }
        self.coloured = isinstance(next(iter(self.values.values()))[0], str)
        taken = [value for each in self.values.values() for value in each]
        self.void = [value for value in _listed(void) if value != IGNORE or not (value in taken or self.coloured)]
        self._table = self._numbered()
        self._known = np.array(sorted(self._table))
        self._labels = np.array([self._table[number] for number in self._known], np.uint8)
        low = [self._table.get(number, UNKNOWN) for number in range(256)]  # most masks hold no others
        self._low = np.array(low, np.int16)

    @property
    def colours(self) -> tuple[tuple[int, int, int], ...]:
        """The colour of each class in the masks, where they are coded by colours."""
        first = [_colour(str(values[0])) for values in self.values.values()] if self.coloured else []
        return tuple((code >> 16, code >> 8 & 255, code & 255) for code in first)

    def _numbered(self) -> dict[int, int]:
        """From a number, or a colour as one, to a label."""
        table: dict[int, int] = {}
        labelled = [*enumerate(self.values.values()), (IGNORE, self.void)]
        for label, value in ((label, value) for label, values in labelled for value in values):
            if isinstance(value, str) is not self.coloured:
                raise ValueError(f"classes and void must be all numbers or all colours, got {value!r} among others")
            number = _colour(value) if isinstance(value, str) else value
            if table.setdefault(number, label) != label:
                raise ValueError(self._twice(value, label))
        return table

    def _twice(self, value: Value, label: int) -> str:
        if self.counted:
            return f"void must not be one of the labels 0 to {len(self.names) - 1}, got {value}"
        other = "void" if label == IGNORE else self.names[label]
        return f"classes and void must differ in what masks hold, got {value!r} for {other} and for another"

    def read(self, path: Path) -> NDArray[np.uint8]:
        """The labels in a mask file, void as 255; (H, W).

        Raises:
            ValueError: If it cannot be read, or holds what is no label.
        """
        numbers = read_colours(path) if self.coloured else read_values(path)
        if numbers.size and 0 <= numbers.min() <= numbers.max() < len(self._low):
            found = self._low[numbers]
            if found.min() != UNKNOWN:
                return found.astype(np.uint8)
        at = np.searchsorted(self._known, numbers).clip(max=len(self._known) - 1)
        wrong = numbers[self._known[at] != numbers]
        if wrong.size:
            raise ValueError(f"{path} {self._unknown(wrong)}")
        labels: NDArray[np.uint8] = self._labels[at]
        return labels

    def _unknown(self, wrong: NDArray[np.int32]) -> str:
        if self.counted:
            last = self.values[self.names[-1]][0]
            void = ", ".join(map(str, self.void))
            return f"holds label {wrong[0]}; expected {self.values[self.names[0]][0]} to {last}, or {void} for void"
        others, counts = np.unique(wrong, return_counts=True)
        most = int(counts.argmax())
        called = f"the colour #{others[most]:06x}" if self.coloured else f"the number {others[most]}"
        more = f", and {len(others) - 1} more" if len(others) > 1 else ""
        return f"holds {called} at {counts[most]} pixels{more}; classes and void name none such"

    def describe(self, counts: Tensor) -> str:
        """The share of each number or colour, by the count of each label."""
        called = {label: f"{_said(self.values[name])} ({name})" for label, name in enumerate(self.names)}
        found = shares(counts, {**called, IGNORE: f"{_said(self.void)} (void)"})
        if self.void == [IGNORE] and counts.nonzero().flatten().tolist() == [0, IGNORE]:
            name = self.names[-1]
            found += f": binary masks, whose foreground of 255 is ignored as void; say classes: {{…: 0, {name}: 255}}"
        return found


def _check_names(names: tuple[str, ...]) -> None:
    if not 1 <= len(names) < IGNORE:
        raise ValueError(f"classes must name 1 to {IGNORE - 1} labels, got {len(names)}")
    if len(set(names)) < len(names) or "" in names:
        raise ValueError(f"classes must be different names, got {list(names)}")


def _listed(values: Values) -> list[Value]:
    listed: list[Value] = [values] if isinstance(values, int | str) else list(values)
    if not listed or any(isinstance(value, bool) or not isinstance(value, int | str) for value in listed):
        raise ValueError(f"a class must have a number or a colour in masks, or a list of them, got {values!r}")
    return listed


def _said(values: Sequence[Value]) -> str:
    return ", ".join(map(str, values))


def _colour(value: str) -> int:
    try:
        red, green, blue = ImageColor.getrgb(value)[:3]
    except ValueError:
        raise ValueError(f"a colour must be written as '#rrggbb', got {value!r}") from None
    return red << 16 | green << 8 | blue
