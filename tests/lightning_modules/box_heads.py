"""Small detection heads and pyramids for them."""

from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from experiments.trial.contracts import cases
from lightning_modules.heads import BoxHead
from lightning_modules.layers import Level
from tests.lightning_modules.detectors import CLASSES
from tests.walk import subclasses

LEVELS = [Level(8, 8), Level(8, 16), Level(8, 32), Level(8, 64), Level(8, 128)]
MIXED = [Level(4, 4), Level(8, 8), Level(16, 8)]
HEADS = subclasses(BoxHead)
every_head = pytest.mark.parametrize("cls", HEADS)
make_pyramid = partial(cases.make_pyramid, levels=LEVELS)


def build(
    cls: type[BoxHead], levels: list[Level] = LEVELS, background_logit: bool = False, **arguments: Any
) -> BoxHead:
    torch.manual_seed(0)
    return cls(levels, CLASSES, background_logit, **{"channels": 8, "depth": 2, **arguments})


def outputs(head: nn.Module, maps: list[Tensor]) -> list[Tensor]:
    return [x for x in head(list(maps)) if x is not None]
