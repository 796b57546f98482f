"""No part takes NaN or infinity for a number; the classes and their arguments are found."""

import inspect
import math
import types
import typing
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import torch

import lightning_modules
from lightning_modules import backbones, callbacks, heads, losses, optim, pyramid, rewrites
from lightning_modules.backbones import Tiny
from lightning_modules.layers import Level

PACKAGES = [lightning_modules, backbones, callbacks, heads, losses, optim, pyramid, rewrites]
INFINITE_ALLOWED = {("FCOSHead", "radius"), ("GradientMonitor", "high")}
REQUIRED: dict[str, Any] = {
    "background_logit": False,
    "backbone": Tiny,
    "box_loss": losses.L1(),
    "levels": [Level(8, 4), Level(8, 8)],
    "loss": losses.CrossEntropy(),
    "losses": [losses.Dice()],
    "num_classes": 3,
    "optimizer": torch.optim.SGD([torch.zeros(1)], lr=0.1),
    "schedule": partial(optim.Warmup, length=0),
    "total_steps": 10,
    "weights": [1.0],
}


def exported() -> list[type]:
    """The classes that a YAML can name."""
    found = [getattr(package, name) for package in PACKAGES for name in package.__all__]
    return [cls for cls in found if inspect.isclass(cls) and not inspect.isabstract(cls)]


def numbers(cls: type) -> Iterator[tuple[str, int | None]]:
    """The arguments that are numbers, and how many they are where they are several."""
    for name, hint in typing.get_type_hints(cls.__init__).items():
        union = typing.get_origin(hint) in (types.UnionType, typing.Union)
        for kind in typing.get_args(hint) if union else [hint]:
            if kind is float:
                yield name, None
            elif float in typing.get_args(kind):
                yield name, len(typing.get_args(kind))


CASES = [
    (cls, name, count, value)
    for cls in exported()
    for name, count in numbers(cls)
    for value in (math.nan, math.inf)
    if value != math.inf or (cls.__name__, name) not in INFINITE_ALLOWED
]


def test_numbers_are_found() -> None:
    found = {(cls.__name__, name) for cls, name, *_ in CASES}
    assert {("ResNet", "width"), ("RetinaHead", "ratios"), ("Detection", "box_weight"), ("EMA", "decay")} < found
    assert found > INFINITE_ALLOWED


@pytest.mark.parametrize(("cls", "name", "count", "value"), CASES)
def test_nan_and_infinity_are_refused_in_one_line(cls: type, name: str, count: int | None, value: float) -> None:
    required = {p.name: REQUIRED[p.name] for p in inspect.signature(cls).parameters.values() if p.default is p.empty}
    with pytest.raises(ValueError, match=rf"^[^\n]*\b{name}\b[^\n]*, got [^\n]*{value}[^\n]*$"):
        cls(**{**required, name: [value] * count if count else value})
