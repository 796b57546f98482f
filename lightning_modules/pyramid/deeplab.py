"""The decoder of DeepLabv3+."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lightning_modules.layers import (
    ConvNormAct,
    Level,
    SeparableConvNormAct,
    check_levels,
    check_positive,
    resize_to,
)
from lightning_modules.pyramid.base import PyramidBlock


class DeepLabDecoder(PyramidBlock):
    """DeepLabv3+'s decoder (Chen et al. 2018, "Encoder-Decoder with Atrous Separable Convolution", fig. 2).

    The finest level, which the network's stem leaves at stride 4, is reduced by a 1 × 1 convolution, lest its
    many channels outweigh the deepest level; that one is upsampled and concatenated, and two 3 × 3
    convolutions refine both (tables 1 and 2).

    Args:
        levels: Levels of the pyramid, at least two; the first and the last are read.
        channels: Channels of the two 3 × 3 convolutions.
        low_channels: Channels to which the finest level is reduced.
        separable: Whether the 3 × 3 convolutions are depthwise separable (sec. 3).

    Shape:
        Levels (N, C_i, H_i, W_i) → one level (N, channels, H_0, W_0).

    Raises:
        ValueError: If there are fewer than two levels, or channels below 1.
    """

    def __init__(
        self, levels: Sequence[Level], channels: int = 256, low_channels: int = 48, separable: bool = False
    ) -> None:
        super().__init__()
        check_levels(self, levels, at_least=2)
        check_positive(self, channels=channels, low_channels=low_channels)
        finest, *_, deepest = levels
        conv = SeparableConvNormAct if separable else ConvNormAct
        self.reduce = ConvNormAct(finest.channels, low_channels, kernel_size=1)
        self.refine = nn.Sequential(conv(deepest.channels + low_channels, channels), conv(channels, channels))
        self.levels = (Level(channels, finest.stride),)

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        low = self.reduce(pyramid[0])
        return [self.refine(torch.cat([resize_to(pyramid[-1], like=low), low], dim=1))]
