"""Boxes and anchors to test with."""

import torch
from torch import Tensor

from lightning_modules.boxes import tile

CPU = torch.device("cpu")


def random_boxes(count: int, size: float = 64, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    low = torch.rand(count, 2, generator=generator, dtype=torch.float64) * size * 0.7
    return torch.cat([low, low + 2 + torch.rand(count, 2, generator=generator, dtype=torch.float64) * size * 0.5], 1)


def points(strides: list[int], size: tuple[int, int]) -> Tensor:
    return tile(tuple(((s, s),) for s in strides), tuple(strides), size, CPU)
