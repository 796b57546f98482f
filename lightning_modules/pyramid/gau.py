"""Global attention upsampling."""

from collections.abc import Sequence

from torch import Tensor, nn

from lightning_modules.layers import ConvNormAct, Level, check_levels, check_positive, resize_to
from lightning_modules.pyramid.base import PyramidBlock


class GAU(PyramidBlock):
    """Global attention upsampling (Li et al. 2018, "Pyramid Attention Network", fig. 4).

    From the top: the coarser level, pooled globally and passed through a 1 × 1 convolution with norm and
    ReLU, weighs the channels of the finer level's 3 × 3 convolution; the upsampled coarser level is added.
    A deepest level of other than `channels` channels is first brought to them by a 1 × 1 convolution.

    The pooled map refuses to train under BatchNorm at batch 1, as in `PPM`.

    Args:
        levels: Levels of the pyramid, at least two.
        channels: Channels of every level that is returned.
        global_pooling: Whether the attention is there (the paper ablates it, table 3).

    Shape:
        Levels (N, C_i, H_i, W_i) → as many levels (N, channels, H_i, W_i).

    Raises:
        ValueError: If there are fewer than two levels or no channels, or in training at batch 1 under BatchNorm.
    """

    def __init__(self, levels: Sequence[Level], channels: int = 256, global_pooling: bool = True) -> None:
        super().__init__()
        check_levels(self, levels, at_least=2)
        check_positive(self, channels=channels)
        *finer, deepest = levels
        self.project = nn.Identity() if deepest.channels == channels else ConvNormAct(deepest.channels, channels, 1)
        self.reduce = nn.ModuleList(ConvNormAct(level.channels, channels) for level in finer)
        self.attend = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(1), *ConvNormAct(channels, channels, 1))
            for _ in (finer if global_pooling else ())
        )
        self.levels = tuple(Level(channels, stride) for _, stride in levels)

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        merged = [self.project(pyramid[-1])]
        for i in range(len(self.reduce) - 1, -1, -1):
            high, low = merged[0], self.reduce[i](pyramid[i])
            if self.attend:
                low = low * self.attend[i](high)
            merged.insert(0, resize_to(high, like=low) + low)
        return merged
