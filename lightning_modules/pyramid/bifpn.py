"""Bidirectional feature pyramid network."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from lightning_modules.layers import Level, SeparableConv, check_positive, repeat_to
from lightning_modules.pyramid.base import PyramidBlock, from_stride, with_extra


class BiFPN(PyramidBlock):
    """Top-down and bottom-up fusion with learnt weights (Tan et al. 2020, "EfficientDet", fig. 2d and sec. 3).

    A 1 × 1 convolution with norm brings every level to `channels`; extra levels are max-pooled from the
    deepest; then come `repeats` bidirectional layers.

    Args:
        levels: Levels of the pyramid, at least two.
        channels: Channels of every level that is returned (D0's 64).
        repeats: How many layers follow each other (D0's 3).
        extra_levels: How many coarser levels are added, each at twice the stride (the paper's P6 and P7: 2).
        finest_stride: Stride of the finest level that is merged; finer ones are left out (EfficientDet's P3: 8).

    Shape:
        Levels (N, C_i, H_i, W_i) → those that are merged (N, channels, H_i, W_i), and the extra ones.

    Raises:
        ValueError: If there are fewer than two levels, no channels, no repeats, a negative number of extra levels,
            or the finest stride leaves fewer than two levels.
    """

    def __init__(
        self,
        levels: Sequence[Level],
        channels: int = 64,
        repeats: int = 3,
        extra_levels: int = 0,
        finest_stride: int = 1,
    ) -> None:
        super().__init__()
        kept = from_stride(self, levels, finest_stride)
        check_positive(self, channels=channels, repeats=repeats)
        self.levels = with_extra(self, [Level(channels, stride) for _, stride in kept], extra_levels)
        self.skipped = len(levels) - len(kept)
        self.lateral = nn.ModuleList(
            nn.Sequential(nn.Conv2d(level.channels, channels, 1, bias=False), nn.BatchNorm2d(channels))
            for level in kept
        )
        self.coarser = nn.ModuleList(_max_pool(stride=2) for _ in range(extra_levels))
        self.layers = nn.Sequential(*(BiFPNLayer(self.levels, channels) for _ in range(repeats)))

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        projected = [lateral(x) for lateral, x in zip(self.lateral, pyramid[self.skipped :], strict=True)]
        for coarser in self.coarser:
            projected.append(coarser(projected[-1]))
        return self.layers(projected)


class BiFPNLayer(nn.Module):
    """One bidirectional layer: every level fuses the coarser, then the finer one (Tan et al. 2020, fig. 3).

    A level in between also fuses its own input into its output; the two ends have one input less.

    Args:
        levels: Levels of the pyramid.
        channels: Channels of each.

    Shape:
        Levels (N, channels, H_i, W_i) → likewise.
    """

    def __init__(self, levels: Sequence[Level], channels: int) -> None:
        super().__init__()
        between = len(levels) - 2
        self.top_down = nn.ModuleList(Fusion(2, channels) for _ in levels[:-1])
        self.bottom_up = nn.ModuleList(Fusion(inputs, channels) for inputs in [3] * between + [2])
        self.shrink = nn.ModuleList(_max_pool(coarser.stride // finer.stride) for finer, coarser in pairwise(levels))

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        down = [pyramid[-1]]
        for fuse, x in zip(reversed(self.top_down), reversed(pyramid[:-1]), strict=True):
            down.insert(0, fuse(x, repeat_to(down[0], like=x)))
        up = [down[0]]
        for i, (fuse, shrink) in enumerate(zip(self.bottom_up, self.shrink, strict=True), start=1):
            own = [pyramid[i], down[i]] if i < len(pyramid) - 1 else [pyramid[i]]
            up.append(fuse(*own, shrink(up[-1])))
        return up


class Fusion(nn.Module):
    """Fast normalised fusion, then a depthwise-separable convolution, norm and activation.

    O = Conv(Σ w_i I_i / (ε + Σ w_j)), with w kept positive by a ReLU and ε = 10⁻⁴ (Tan et al. 2020, sec. 3.3).

    Args:
        inputs: How many maps are fused.
        channels: Channels of each.

    Shape:
        As many maps (N, channels, H, W) → one.
    """

    def __init__(self, inputs: int, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(inputs))
        self.conv = nn.Sequential(
            SeparableConv(channels, channels, bias=False), nn.BatchNorm2d(channels), nn.ReLU(inplace=True)
        )

    def forward(self, *maps: Tensor) -> Tensor:
        weight = self.weight.relu()
        weight = weight / (weight.sum() + 1e-4)
        fused = weight[0] * maps[0]
        for w, x in zip(weight[1:], maps[1:], strict=True):
            fused = fused + w * x
        return self.conv(fused)


def _max_pool(stride: int) -> nn.Module:
    """Max pooling from ⌈H / s⌉ to ⌈H / (s · stride)⌉: 3 × 3 at stride 2, nothing at stride 1."""
    return nn.MaxPool2d(2 * (stride // 2) + 1, stride, padding=stride // 2)
