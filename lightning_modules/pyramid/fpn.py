"""Feature pyramid network."""

from collections.abc import Sequence
from typing import Literal

from torch import Tensor, nn

from lightning_modules.layers import Level, StridedConv2d, check_choice, check_positive, repeat_to
from lightning_modules.pyramid.base import PyramidBlock, from_stride, with_extra


class FPN(PyramidBlock):
    """Top-down pathway with lateral connections (Lin et al. 2017, "Feature Pyramid Networks", fig. 3).

    A 1 × 1 convolution brings every level to `channels`; from the top, each level is upsampled by nearest
    neighbour and added to the one below; a 3 × 3 convolution then smooths each sum. As in the paper there
    is no norm and no activation.

    Detection reads coarser levels too. `extra="max_pool"` takes every second pixel of the level before (the
    paper's P6, sec. 4.1). The others take a 3 × 3 convolution of stride 2, from the second on of the ReLU of the
    level before; `extra="conv"` makes the first of the deepest input (RetinaNet's P6 of C5: Lin et al. 2017, "Focal
    Loss", sec. 4), `extra="conv_on_output"` of the coarsest merged level (FCOS's P6 of P5: Tian et al. 2019, sec. 3.2).

    Args:
        levels: Levels of the pyramid, at least two.
        channels: Channels of every level that is returned (the paper's d = 256).
        extra_levels: How many coarser levels are added, each at twice the stride.
        extra: What makes them.
        finest_stride: Stride of the finest level that is merged; finer ones are left out (RetinaNet's P3: 8).

    Shape:
        Levels (N, C_i, H_i, W_i) → those that are merged (N, channels, H_i, W_i), and the extra ones.

    Raises:
        ValueError: If there are fewer than two levels, no channels, a negative number of extra levels, an unknown
            kind of them, or the finest stride leaves fewer than two levels.
    """

    def __init__(
        self,
        levels: Sequence[Level],
        channels: int = 256,
        extra_levels: int = 0,
        extra: Literal["max_pool", "conv", "conv_on_output"] = "max_pool",
        finest_stride: int = 1,
    ) -> None:
        super().__init__()
        kept = from_stride(self, levels, finest_stride)
        check_positive(self, channels=channels)
        check_choice(self, ("max_pool", "conv", "conv_on_output"), extra=extra)
        self.levels = with_extra(self, [Level(channels, stride) for _, stride in kept], extra_levels)
        self.extra, self.skipped = extra, len(levels) - len(kept)
        self.lateral = nn.ModuleList(nn.Conv2d(level.channels, channels, 1) for level in kept)
        self.smooth = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in kept)
        first = levels[-1].channels if extra == "conv" else channels
        self.coarser = nn.ModuleList(
            nn.MaxPool2d(1, 2) if extra == "max_pool" else _strided(channels if i else first, channels, first=i == 0)
            for i in range(extra_levels)
        )

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        merged = [lateral(x) for lateral, x in zip(self.lateral, pyramid[self.skipped :], strict=True)]
        for i in range(len(merged) - 2, -1, -1):
            merged[i] = merged[i] + repeat_to(merged[i + 1], like=merged[i])
        merged = [smooth(x) for smooth, x in zip(self.smooth, merged, strict=True)]
        x = pyramid[-1] if self.extra == "conv" else merged[-1]
        for coarser in self.coarser:
            x = coarser(x)
            merged.append(x)
        return merged


def _strided(in_channels: int, channels: int, first: bool) -> nn.Module:
    if first:
        return StridedConv2d(in_channels, channels, 3, stride=2, padding=1)
    # Not in place: the level before is returned as it is.
    return nn.Sequential(nn.ReLU(), StridedConv2d(channels, channels, 3, stride=2, padding=1))
