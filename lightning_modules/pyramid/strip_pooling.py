"""Strip pooling."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lightning_modules.layers import BinAverage, ConvNormAct, Level, check_levels, check_positive, resize_to
from lightning_modules.pyramid.base import PyramidBlock


class StripPooling(PyramidBlock):
    """Mixed pooling over the deepest level: strips and bins (Hou et al. 2020, "Strip Pooling", fig. 3b and sec. 3.2).

    For what lies far, the map is averaged over its columns and over its rows; a convolution along each strip follows,
    and the two are added. For what lies near, it is pooled to bins, as in `PPM`, and added to itself. Both work on a
    quarter of the channels, and what they find is added to the map.

    A strip of a map of one row or one column gives BatchNorm one value per channel and sample, so training there at
    batch 1 is refused, as in `PPM`.

    Args:
        levels: Levels of the pyramid; the last one is pooled.
        bins: Sizes of the pooled maps (the authors' code: 20 and 12, at stride 8).
        reduction: Divides the channels that the pooling works on.

    Shape:
        The last level (N, C, H, W) → likewise; the others as they are.

    Raises:
        ValueError: If there is no bin, a bin or the reduction is below 1, or in training at batch 1 as above.
    """

    def __init__(self, levels: Sequence[Level], bins: Sequence[int] = (20, 12), reduction: int = 4) -> None:
        super().__init__()
        check_levels(self, levels)
        check_positive(self, reduction=reduction)
        if not bins or min(bins) < 1:
            raise ValueError(f"StripPooling: bins must be one or more sizes of at least 1, got {list(bins)}")
        channels = levels[-1].channels
        inner = max(1, channels // reduction)
        self.to_near, self.to_far = ConvNormAct(channels, inner, 1), ConvNormAct(channels, inner, 1)
        self.local = ConvNormAct(inner, inner, activation=nn.Identity)
        self.bins = nn.ModuleList(
            nn.Sequential(BinAverage(size), *ConvNormAct(inner, inner, activation=nn.Identity)) for size in bins
        )
        self.along_row, self.along_column = _strip(inner, (1, 3)), _strip(inner, (3, 1))
        self.near, self.far = ConvNormAct(inner, inner), ConvNormAct(inner, inner)
        self.project = ConvNormAct(2 * inner, channels, 1, activation=nn.Identity)
        self.levels = tuple(levels)

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        *finer, deepest = pyramid
        near, far = self.to_near(deepest), self.to_far(deepest)
        bins = [resize_to(pooled(near), like=near) for pooled in self.bins]
        near = self.near(F.relu(sum(bins, self.local(near))))
        row, column = far.mean(dim=2, keepdim=True), far.mean(dim=3, keepdim=True)
        far = self.far(F.relu(self.along_row(row) + self.along_column(column)))
        return [*finer, F.relu(deepest + self.project(torch.cat([near, far], dim=1)))]


def _strip(channels: int, kernel: tuple[int, int]) -> nn.Sequential:
    padding = (kernel[0] // 2, kernel[1] // 2)
    return nn.Sequential(nn.Conv2d(channels, channels, kernel, padding=padding, bias=False), nn.BatchNorm2d(channels))
