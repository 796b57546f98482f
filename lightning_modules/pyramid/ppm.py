"""Pyramid pooling module."""

from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from lightning_modules.layers import (
    BinAverage,
    BinMax,
    ConvNormAct,
    Level,
    check_choice,
    check_levels,
    check_positive,
    resize_to,
)
from lightning_modules.pyramid.base import PyramidBlock

POOLINGS: dict[str, Callable[..., nn.Module]] = {"average": BinAverage, "max": BinMax}


class PPM(PyramidBlock):
    """Pyramid pooling over the deepest level (Zhao et al. 2017, "Pyramid Scene Parsing Network", fig. 3c).

    The map is pooled to each of N bin sizes, each pooled map reduced to 1/N of the channels, upsampled, and
    concatenated with the map itself; a 3 × 3 convolution then brings 2C channels to `out_channels` (the
    authors' code: 512 of 2048).

    A map pooled to 1 × 1 gives BatchNorm one value per channel and sample, so training at batch 1 is refused;
    with GroupNorm as a rewrite it works, given two channels per group or more.

    Args:
        levels: Levels of the pyramid; the last one is pooled.
        bins: Sizes of the pooled maps (the paper's 1, 2, 3, 6).
        pool: Average or max pooling (the paper ablates both, table 1).
        out_channels: Channels of the enriched level; those of the input by default.

    Shape:
        The last level (N, C, H, W) → (N, out_channels, H, W); the others as they are.

    Raises:
        ValueError: If there is no bin, a bin is below 1, the channels are fewer than the bins, the pooling is
            unknown, or in training at batch 1 under BatchNorm.
    """

    def __init__(
        self,
        levels: Sequence[Level],
        bins: Sequence[int] = (1, 2, 3, 6),
        pool: Literal["average", "max"] = "average",
        out_channels: int | None = None,
    ) -> None:
        super().__init__()
        check_levels(self, levels)
        check_choice(self, POOLINGS, pool=pool)
        channels, stride = levels[-1]
        out_channels = channels if out_channels is None else out_channels
        check_positive(self, out_channels=out_channels)
        if not bins or min(bins) < 1:
            raise ValueError(f"PPM: bins must be one or more sizes of at least 1, got {list(bins)}")
        if channels < len(bins):
            raise ValueError(f"PPM: channels must be at least one a bin, got {channels} for {list(bins)}")
        reduced = channels // len(bins)
        self.branches = nn.ModuleList(
            nn.Sequential(POOLINGS[pool](size), *ConvNormAct(channels, reduced, kernel_size=1)) for size in bins
        )
        self.project = ConvNormAct(channels + reduced * len(bins), out_channels)
        self.levels = (*levels[:-1], Level(out_channels, stride))

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        *finer, deepest = pyramid
        pooled = [resize_to(branch(deepest), like=deepest) for branch in self.branches]
        return [*finer, self.project(torch.cat([deepest, *pooled], dim=1))]
