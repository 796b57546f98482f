"""Feature pyramid network."""

from collections.abc import Sequence
from typing import Literal

from torch import Tensor, nn

from lightning_modules.layers import Level, check_choice, check_levels, check_positive, repeat_to
from lightning_modules.pyramid.base import PyramidBlock, with_extra


class FPN(PyramidBlock):
    """Top-down pathway with lateral connections (Lin et al. 2017, "Feature Pyramid Networks", fig. 3).

    A 1 × 1 convolution brings every level to `channels`; from the top, each level is upsampled by nearest
    neighbour and added to the one below; a 3 × 3 convolution then smooths each sum. As in the paper there
    is no norm and no activation.

    Detection reads coarser levels too. `extra="max_pool"` takes every second pixel of the level before (the
    paper's P6, sec. 4.1); `extra="conv"` takes a 3 × 3 convolution of stride 2, on the deepest input for the
    first and on the ReLU of the level before for the next (Lin et al. 2017, "Focal Loss", sec. 4).

    Args:
        levels: Levels of the pyramid, at least two.
        channels: Channels of every level that is returned (the paper's d = 256).
        extra_levels: How many coarser levels are added, each at twice the stride.
        extra: What makes them.

    Shape:
        Levels (N, C_i, H_i, W_i) → as many levels (N, channels, H_i, W_i), and the extra ones.

    Raises:
        ValueError: If there are fewer than two levels, no channels, a negative number of extra levels or an unknown
            kind of them.
    """

    def __init__(
        self,
        levels: Sequence[Level],
        channels: int = 256,
        extra_levels: int = 0,
        extra: Literal["max_pool", "conv"] = "max_pool",
    ) -> None:
        super().__init__()
        check_levels(self, levels, at_least=2)
        check_positive(self, channels=channels)
        check_choice(self, ("max_pool", "conv"), extra=extra)
        self.levels = with_extra(self, [Level(channels, stride) for _, stride in levels], extra_levels)
        self.extra = extra
        self.lateral = nn.ModuleList(nn.Conv2d(level.channels, channels, 1) for level in levels)
        self.smooth = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in levels)
        self.coarser = nn.ModuleList(
            _strided(levels[-1].channels, channels, first=i == 0) if extra == "conv" else nn.MaxPool2d(1, 2)
            for i in range(extra_levels)
        )

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        merged = [lateral(x) for lateral, x in zip(self.lateral, pyramid, strict=True)]
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
        return nn.Conv2d(in_channels, channels, 3, stride=2, padding=1)
    # Not in place: the level before is returned as it is.
    return nn.Sequential(nn.ReLU(), nn.Conv2d(channels, channels, 3, stride=2, padding=1))
