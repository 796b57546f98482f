"""Small detection heads and pyramids for them."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lightning_modules.heads import BoxHead
from lightning_modules.layers import Level
from tests.lightning_modules.detectors import CLASSES
from tests.walk import subclasses

LEVELS = [Level(8, 8), Level(8, 16), Level(8, 32), Level(8, 64), Level(8, 128)]
MIXED = [Level(4, 4), Level(8, 8), Level(16, 8)]
HEADS = subclasses(BoxHead)
every_head = pytest.mark.parametrize("cls", HEADS)


def build(
    cls: type[BoxHead], levels: list[Level] = LEVELS, background_logit: bool = False, **arguments: Any
) -> BoxHead:
    torch.manual_seed(0)
    return cls(levels, CLASSES, background_logit, **{"channels": 8, "depth": 2, **arguments})


def make_pyramid(height: int, width: int, batch: int = 2, levels: list[Level] = LEVELS) -> list[Tensor]:
    torch.manual_seed(1)
    return [torch.randn(batch, c, -(-height // s), -(-width // s)) for c, s in levels]


def outputs(head: nn.Module, maps: list[Tensor]) -> list[Tensor]:
    return [x for x in head(list(maps)) if x is not None]


def assert_same(ours: list[Tensor], theirs: list[Tensor]) -> None:
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)
