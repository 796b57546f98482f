"""A class that fills a slot, with every flag and choice that it has, read from its signature."""

import inspect
import typing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn

from lightning_modules.heads import ImageHead, PixelHead
from lightning_modules.layers import Level
from lightning_modules.pyramid import PyramidBlock

LEVELS = [Level(4, 4), Level(6, 8), Level(8, 16), Level(10, 32)]
CLASSES = 3
SMALL = {"channels": 8, "out_channels": 8, "hidden": 8, "low_channels": 4, "repeats": 1, "extra_levels": 2}
"""Arguments that make a block or a head small, where it has them."""


@dataclass(frozen=True)
class Case:
    """A class and the arguments that make it small, one of them perhaps other than the default."""

    cls: type[nn.Module]
    arguments: dict[str, Any] = field(default_factory=dict)

    def build(self, **changes: Any) -> nn.Module:
        """Make it, on a pyramid of four levels."""
        torch.manual_seed(0)
        arguments = {"levels": LEVELS, **self.arguments, **changes}
        if issubclass(self.cls, PixelHead | ImageHead):
            arguments.setdefault("num_classes", CLASSES)
        return self.cls(**arguments)

    def __str__(self) -> str:
        varied = [f"{name}={value}" for name, value in self.arguments.items() if name not in SMALL]
        return "-".join([self.cls.__name__, *varied])


def hints(cls: type[nn.Module]) -> dict[str, Any]:
    """The constructor's arguments and their types; a user's may lack them."""
    found = typing.get_type_hints(cls.__init__)
    return {name: found.get(name, Any) for name in inspect.signature(cls).parameters}


def variants(cls: type[nn.Module]) -> Iterator[Case]:
    """The class with its defaults, then with every other value of each flag and choice, and null where it fits."""
    small = {name: value for name, value in SMALL.items() if name in hints(cls)}
    yield Case(cls, small)
    for name, hint in hints(cls).items():
        inner = typing.get_args(hint)
        values = (True, False) if hint is bool else inner if typing.get_origin(hint) is Literal else ()
        values = (None,) if type(None) in inner else values
        default = inspect.signature(cls).parameters[name].default
        yield from (Case(cls, {**small, name: value}) for value in values if value != default)


def make_pyramid(height: int, width: int, batch: int = 2, levels: Sequence[Level] = LEVELS) -> list[Tensor]:
    """The maps that a backbone would make of an image of this size."""
    torch.manual_seed(1)
    return [torch.randn(batch, c, -(-height // s), -(-width // s)) for c, s in levels]


def outputs(module: nn.Module, maps: list[Tensor]) -> list[Tensor]:
    """What a block or a head makes of a pyramid, as a list."""
    result = module(list(maps))
    return result if isinstance(result, list) else [result]


def promised(module: nn.Module, height: int, width: int, levels: Sequence[Level] = LEVELS) -> list[tuple[int, ...]]:
    """Shapes of the outputs for two images of this size."""
    if isinstance(module, ImageHead):
        return [(2, CLASSES)]
    out = module.levels if isinstance(module, PyramidBlock) else [Level(CLASSES, levels[0].stride)]
    return [(2, c, -(-height // s), -(-width // s)) for c, s in out]


def without_dropout(module: nn.Module) -> nn.Module:
    """The module with its dropout switched off."""
    for part in module.modules():
        if isinstance(part, (nn.Dropout, nn.Dropout2d)):
            part.eval()
    return module


def assert_same(ours: list[Tensor], theirs: list[Tensor]) -> None:
    """Compare outputs."""
    # A norm of two values multiplies rounding by up to 1 / √ε ≈ 300.
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


def refusal(call: Callable[[], object]) -> str:
    """What a call refuses by a ValueError; empty if it goes through."""
    try:
        call()
    except ValueError as error:
        return str(error)
    return ""
