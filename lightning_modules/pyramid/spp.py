"""Spatial pyramid pooling at constant size."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from lightning_modules.layers import ConvNormAct, Level, check_levels, check_odd, check_positive
from lightning_modules.pyramid.base import PyramidBlock


class SPP(PyramidBlock):
    """Max pooling at several window sizes over the deepest level (YOLOv3-SPP; Bochkovskiy et al. 2020, sec. 2.3).

    He et al. 2014 ("Spatial Pyramid Pooling", fig. 3) pool to fixed bins for a classifier; the detectors pool
    with stride 1, so that the size stays. A 1 × 1 convolution halves the channels, the map and its pooled
    maps are concatenated, and a 1 × 1 convolution brings them to `out_channels`.

    Args:
        levels: Levels of the pyramid; the last one is pooled.
        sizes: Window sizes (YOLOv3-SPP's 5, 9, 13), odd.
        out_channels: Channels of the enriched level; those of the input by default.

    Shape:
        The last level (N, C, H, W) → (N, out_channels, H, W); the others as they are.

    Raises:
        ValueError: If there is no size, a size is even, or there are fewer than two channels to halve.
    """

    def __init__(
        self, levels: Sequence[Level], sizes: Sequence[int] = (5, 9, 13), out_channels: int | None = None
    ) -> None:
        super().__init__()
        check_levels(self, levels)
        channels, stride = levels[-1]
        out_channels = channels if out_channels is None else out_channels
        if not sizes:
            raise ValueError(f"SPP: sizes must be one or more, got {list(sizes)}")
        if channels < 2:
            raise ValueError(f"{type(self).__name__}: channels must be at least 2 to be halved, got {channels}")
        for size in sizes:
            check_odd(self, sizes=size)
        check_positive(self, out_channels=out_channels)
        self.sizes = tuple(sizes)
        self.reduce = ConvNormAct(channels, channels // 2, kernel_size=1)
        self.project = ConvNormAct(channels // 2 * (1 + len(sizes)), out_channels, kernel_size=1)
        self.levels = (*levels[:-1], Level(out_channels, stride))

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        *finer, deepest = pyramid
        reduced = self.reduce(deepest)
        return [*finer, self.project(torch.cat([reduced, *self.pooled(reduced)], dim=1))]

    def pooled(self, x: Tensor) -> list[Tensor]:
        """The map, max-pooled once for each size."""
        return [F.max_pool2d(x, size, stride=1, padding=size // 2) for size in self.sizes]


class SPPF(SPP):
    """SPP in its fast serial form (Jocher 2022, YOLOv5 v6.0): the same function, weights and gradients.

    Pooling twice with a window of k is pooling once with 2k − 1, so three small windows in a row give what SPP
    computes with k, 2k − 1 and 3k − 2.

    Args:
        levels: Levels of the pyramid; the last one is pooled.
        size: Window size k (5 gives SPP's 5, 9, 13), odd.
        out_channels: Channels of the enriched level; those of the input by default.

    Shape:
        The last level (N, C, H, W) → (N, out_channels, H, W); the others as they are.

    Raises:
        ValueError: If the size is even, or there are fewer than two channels to halve.
    """

    def __init__(self, levels: Sequence[Level], size: int = 5, out_channels: int | None = None) -> None:
        check_odd(self, size=size)
        super().__init__(levels, (size, 2 * size - 1, 3 * size - 2), out_channels)

    def pooled(self, x: Tensor) -> list[Tensor]:
        """The map, max-pooled once, twice and three times."""
        size = self.sizes[0]
        maps = [x]
        for _ in self.sizes:
            maps.append(F.max_pool2d(maps[-1], size, stride=1, padding=size // 2))
        return maps[1:]
