"""One level of a pyramid, and no pyramid."""

from collections.abc import Sequence

from torch import Tensor, nn

from lightning_modules.layers import Level, check_levels, check_positive
from lightning_modules.pyramid.base import PyramidBlock


class OneLevel(PyramidBlock):
    """One level, with which pyramids are compared (Lin et al. 2017, "Feature Pyramid Networks", fig. 1b, table 1a).

    It is brought to `channels` as `FPN` brings its levels, by a 1 × 1 and a 3 × 3 convolution, so that what differs is
    the merging and the other levels.

    Args:
        levels: Levels of the pyramid.
        channels: Channels of the level that is returned.
        stride: Stride of the level that is kept, the deepest of it (the paper's baseline on C4: 16); that of the
            deepest level by default.

    Shape:
        Levels (N, C_i, H_i, W_i) → the one that is kept, (N, channels, H_i, W_i).

    Raises:
        ValueError: If there are no levels, none of that stride, or no channels.
    """

    def __init__(self, levels: Sequence[Level], channels: int = 256, stride: int | None = None) -> None:
        super().__init__()
        check_levels(self, levels)
        check_positive(self, channels=channels)
        strides = [level.stride for level in levels]
        stride = strides[-1] if stride is None else stride
        if stride not in strides:
            raise ValueError(f"OneLevel: stride must be one of the levels' {strides}, got {stride}")
        self.index = len(strides) - 1 - strides[::-1].index(stride)
        self.lateral = nn.Conv2d(levels[self.index].channels, channels, 1)
        self.smooth = nn.Conv2d(channels, channels, 3, padding=1)
        self.levels = (Level(channels, stride),)

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        return [self.smooth(self.lateral(pyramid[self.index]))]
