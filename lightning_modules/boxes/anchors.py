"""Where anchors lie."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

import torch
from torch import Tensor

Cell: TypeAlias = tuple[tuple[float, float], ...]
"""Width and height of each anchor at one place of a level."""


@lru_cache(maxsize=64)
def tile(cells: Sequence[Cell], strides: Sequence[int], size: tuple[int, int], device: torch.device) -> Tensor:
    """The anchors of all levels in a row, made once for every image size.

    Place (i, j) of a level with stride s has its anchors around (⌊s/2⌋ + s·j, ⌊s/2⌋ + s·i) (Tian et al. 2019, "FCOS",
    sec. 3.1); torchvision's lie half a stride further up and to the left. Order: level, row, column, anchor.

    Args:
        cells: The anchors at each place, a level each.
        strides: Of the levels.
        size: Height and width of the image; a level is a map of ⌈H / s⌉ × ⌈W / s⌉.
        device: Where they are needed.

    Shape:
        → (A, 4).
    """
    # Made in validation they would otherwise be inference tensors, which training may not use.
    with torch.inference_mode(False):
        return laid_out(cells, strides, size, device)


def laid_out(cells: Sequence[Cell], strides: Sequence[int], size: tuple[int, int], device: torch.device) -> Tensor:
    """The same, made anew: for an image whose size is not known yet, as in an exported graph."""
    return torch.cat([_level(cell, stride, size, device) for cell, stride in zip(cells, strides, strict=True)])


def _level(cell: Cell, stride: int, size: tuple[int, int], device: torch.device) -> Tensor:
    # Rounded up without a negative number, which ONNX divides towards zero.
    ends = (stride // 2 + (side + stride - 1) // stride * stride for side in size)
    y, x = (torch.arange(stride // 2, end, stride) for end in ends)
    y, x = torch.meshgrid(y, x, indexing="ij")
    centres = torch.stack([x, y], dim=-1).view(-1, 1, 2)
    half = torch.tensor(cell) / 2
    return torch.cat([centres - half, centres + half], dim=-1).view(-1, 4).to(device)
