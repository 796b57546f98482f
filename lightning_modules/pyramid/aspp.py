"""Atrous spatial pyramid pooling."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lightning_modules.layers import (
    ConvNormAct,
    Level,
    SeparableConvNormAct,
    check_levels,
    check_positive,
    check_rate,
    resize_to,
)
from lightning_modules.pyramid.base import PyramidBlock


class ASPP(PyramidBlock):
    """Parallel atrous convolutions over the deepest level (Chen et al. 2017, "Rethinking Atrous Conv.", fig. 5).

    A 1 × 1 convolution, one 3 × 3 convolution for each rate and the pooled image are concatenated; a 1 × 1
    convolution brings them to `out_channels`. Modules and names are those of torchvision's ASPP, so its
    weights load. The pooled image refuses to train under BatchNorm at batch 1, as in `PPM`.

    Args:
        levels: Levels of the pyramid; the last one is read.
        rates: Atrous rates; by default the paper's 6, 12, 18 at stride 16, doubled at 8, halved at 32.
        out_channels: Channels of each branch and of the enriched level.
        separable: Whether the atrous convolutions are depthwise separable (DeepLabv3+).
        dropout: Rate of dropout at the end (torchvision's 0.5).

    Shape:
        The last level (N, C, H, W) → (N, out_channels, H, W); the others as they are.

    Raises:
        ValueError: If there is no rate, a rate or the channels are below 1, the dropout is outside [0, 1), or
            in training at batch 1 under BatchNorm.
    """

    def __init__(
        self,
        levels: Sequence[Level],
        rates: Sequence[int] | None = None,
        out_channels: int = 256,
        separable: bool = False,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        check_levels(self, levels)
        check_positive(self, out_channels=out_channels)
        check_rate(self, dropout=dropout)
        channels, stride = levels[-1]
        rates = [max(1, rate * 16 // stride) for rate in (6, 12, 18)] if rates is None else rates
        if not rates or min(rates) < 1:
            raise ValueError(f"ASPP: rates must be one or more rates of at least 1, got {list(rates)}")
        atrous = SeparableConvNormAct if separable else ConvNormAct
        pooled = nn.Sequential(nn.AdaptiveAvgPool2d(1), *ConvNormAct(channels, out_channels, 1))
        self.convs = nn.ModuleList(
            [
                ConvNormAct(channels, out_channels, kernel_size=1),
                *(atrous(channels, out_channels, dilation=rate) for rate in rates),
                pooled,
            ]
        )
        branches = len(self.convs)
        self.project = nn.Sequential(*ConvNormAct(branches * out_channels, out_channels, 1), nn.Dropout(dropout))
        self.levels = (*levels[:-1], Level(out_channels, stride))

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        *finer, deepest = pyramid
        branches = [resize_to(conv(deepest), like=deepest) for conv in self.convs]
        return [*finer, self.project(torch.cat(branches, dim=1))]
