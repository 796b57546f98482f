"""What constructors refuse, each in one line: what was wrong, the value received, what would be right."""

import math
from collections.abc import Collection, Sequence
from itertools import pairwise

from lightning_modules.layers.level import Level


def check_positive(owner: object, **sizes: int) -> None:
    """Refuse a size below 1; the keyword is the argument's name in the message.

    Raises:
        ValueError: Names the owner's class, the argument and the value.
    """
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{_name(owner)}: {name} must be at least 1, got {size}")


def check_odd(owner: object, **sizes: int) -> None:
    """Refuse a window that has no centre.

    Raises:
        ValueError: Names the owner's class, the argument and the value.
    """
    for name, size in sizes.items():
        if size < 1 or size % 2 == 0:
            raise ValueError(f"{_name(owner)}: {name} must be odd and at least 1, got {size}")


def check_scale(owner: object, **scales: float) -> None:
    """Refuse a number that is not positive and finite.

    Raises:
        ValueError: Names the owner's class, the argument and the value.
    """
    for name, scale in scales.items():
        if not 0 < scale < math.inf:
            raise ValueError(f"{_name(owner)}: {name} must be {'finite' if scale > 0 else 'positive'}, got {scale}")


def check_weight(owner: object, **weights: float) -> None:
    """Refuse a negative or infinite number, and NaN.

    Raises:
        ValueError: Names the owner's class, the argument and the value.
    """
    for name, weight in weights.items():
        if not 0 <= weight < math.inf:
            wrong = "must not be negative" if weight < 0 else "must be finite"
            raise ValueError(f"{_name(owner)}: {name} {wrong}, got {weight}")


def check_rate(owner: object, **rates: float) -> None:
    """Refuse a rate outside [0, 1).

    Raises:
        ValueError: Names the owner's class, the argument and the value.
    """
    for name, rate in rates.items():
        if not 0 <= rate < 1:
            raise ValueError(f"{_name(owner)}: {name} must lie in [0, 1), got {rate}")


def check_choice(owner: object, choices: Collection[str], **values: str) -> None:
    """Refuse a value that is none of the choices.

    Raises:
        ValueError: Names the owner's class, the argument, the value and the choices.
    """
    for name, value in values.items():
        if value not in choices:
            raise ValueError(f"{_name(owner)}: {name} must be one of {', '.join(choices)}, got {value!r}")


def check_levels(owner: object, levels: Sequence[Level], at_least: int = 1) -> None:
    """Refuse too few levels, or strides that are not fine to coarse, each a multiple of the one before.

    Raises:
        ValueError: Names the owner's class and the levels or strides.
    """
    if len(levels) < at_least:
        got = [tuple(level) for level in levels]
        raise ValueError(f"{_name(owner)}: needs at least {at_least} level(s), got {len(levels)}: {got}")
    strides = [level.stride for level in levels]
    if any(coarser % finer for finer, coarser in pairwise(strides)):
        raise ValueError(f"{_name(owner)}: every stride must be a multiple of the finer one, got {strides}")


def _name(owner: object) -> str:
    return type(owner).__name__
