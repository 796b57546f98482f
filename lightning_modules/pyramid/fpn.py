"""Feature pyramid network."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from lightning_modules.layers import Level
from lightning_modules.pyramid.base import PyramidBlock, at_least


class FPN(PyramidBlock):
    """Top-down pathway with lateral connections (Lin et al. 2017, "Feature Pyramid Networks", fig. 3).

    A 1 × 1 convolution brings every level to `channels`; from the top, each level is upsampled by nearest
    neighbour and added to the one below; a 3 × 3 convolution then smooths each sum. As in the paper there
    is no norm and no activation.

    Args:
        levels: Levels of the pyramid, at least two.
        channels: Channels of every level that is returned (the paper's d = 256).

    Shape:
        Levels (N, C_i, H_i, W_i) → as many levels (N, channels, H_i, W_i).

    Raises:
        ValueError: If there are fewer than two levels or no channels.
    """

    def __init__(self, levels: Sequence[Level], channels: int = 256) -> None:
        super().__init__()
        at_least(levels, 2, "FPN")
        if channels < 1:
            raise ValueError(f"FPN: channels must be at least 1, got {channels}")
        self.lateral = nn.ModuleList(nn.Conv2d(level.channels, channels, 1) for level in levels)
        self.smooth = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in levels)
        self.levels = tuple(Level(channels, level.stride) for level in levels)

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        merged = [lateral(x) for lateral, x in zip(self.lateral, pyramid, strict=True)]
        for i in range(len(merged) - 2, -1, -1):
            merged[i] = merged[i] + F.interpolate(merged[i + 1], size=merged[i].shape[-2:], mode="nearest")
        return [smooth(x) for smooth, x in zip(self.smooth, merged, strict=True)]
