"""Path aggregation network: an FPN, and a way back up."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from torch import Tensor, nn

from lightning_modules.layers import Level, StridedConv2d
from lightning_modules.pyramid.fpn import FPN


class PAFPN(FPN):
    """Bottom-up path over an FPN (Liu et al. 2018, "Path Aggregation Network", fig. 1b and 2).

    From the finest level up, N_i goes through a 3 × 3 convolution of stride 2, is added to P_{i+1}, and a
    3 × 3 convolution makes N_{i+1} of the sum. A ReLU follows each of these convolutions, no norm. Extra
    levels belong to the FPN, so the path runs over them too.

    Args:
        levels: Levels of the pyramid, at least two.
        channels: Channels of every level that is returned (the paper's 256).
        extra_levels: How many coarser levels are added, each at twice the stride.
        extra: What makes them, as in `FPN`.
        finest_stride: Stride of the finest level that is merged, as in `FPN`.

    Shape:
        Levels (N, C_i, H_i, W_i) → those that are merged (N, channels, H_i, W_i), and the extra ones.

    Raises:
        ValueError: As `FPN`.
    """

    def __init__(
        self,
        levels: Sequence[Level],
        channels: int = 256,
        extra_levels: int = 0,
        extra: Literal["max_pool", "conv", "conv_on_output"] = "max_pool",
        finest_stride: int = 1,
    ) -> None:
        super().__init__(levels, channels, extra_levels, extra, finest_stride)
        self.up = nn.ModuleList(
            _conv(channels, stride=coarser.stride // finer.stride) for finer, coarser in pairwise(self.levels)
        )
        self.fuse = nn.ModuleList(_conv(channels) for _ in self.levels[1:])

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        finest, *coarser = super().forward(pyramid)
        merged = [finest]
        for up, fuse, x in zip(self.up, self.fuse, coarser, strict=True):
            merged.append(fuse(x + up(merged[-1])))
        return merged


def _conv(channels: int, stride: int = 1) -> nn.Module:
    return nn.Sequential(StridedConv2d(channels, channels, 3, stride, padding=1), nn.ReLU(inplace=True))
