"""Feature pyramid attention."""

from collections.abc import Callable, Sequence
from typing import Literal

from torch import Tensor, nn

from lightning_modules.layers import (
    ConvNormAct,
    Level,
    check_choice,
    check_levels,
    check_positive,
    resize_to,
)
from lightning_modules.pyramid.base import PyramidBlock

KERNELS = (7, 5, 3)
POOLINGS: dict[str, Callable[..., nn.Module]] = {"average": nn.AvgPool2d, "max": nn.MaxPool2d}


class FPA(PyramidBlock):
    """Feature pyramid attention over the deepest level (Li et al. 2018, "Pyramid Attention Network", fig. 3b).

    The map is halved three times, with a 7 × 7, a 5 × 5 and a 3 × 3 convolution; a second convolution at each
    scale is added on the way up. The result weighs, pixel by pixel, a 1 × 1 convolution of the map; the
    globally pooled map is added. The paper does not print the pyramid's channels: it has one here, an
    attention weight a pixel, as in segmentation-models-pytorch.

    The globally pooled map refuses to train under BatchNorm at batch 1, as in `PPM`; so does the pyramid where
    its smallest map is 1 × 1, for which no other norm helps, having but one channel.

    Args:
        levels: Levels of the pyramid; the last one is read.
        out_channels: Channels of the enriched level; those of the input by default.
        pool: How the map is halved (the paper ablates both, table 1).
        global_pooling: Whether the global branch is there (the paper ablates it, table 1).

    Shape:
        The last level (N, C, H, W) → (N, out_channels, H, W); the others as they are. H and W may be odd.

    Raises:
        ValueError: If the channels are below 1, the pooling is unknown, or in training at batch 1 as above.
    """

    def __init__(
        self,
        levels: Sequence[Level],
        out_channels: int | None = None,
        pool: Literal["average", "max"] = "average",
        global_pooling: bool = True,
    ) -> None:
        super().__init__()
        check_levels(self, levels)
        check_choice(self, POOLINGS, pool=pool)
        channels, stride = levels[-1]
        out_channels = channels if out_channels is None else out_channels
        check_positive(self, out_channels=out_channels)
        self.main = ConvNormAct(channels, out_channels, kernel_size=1)
        self.down = nn.ModuleList(
            nn.Sequential(POOLINGS[pool](2, ceil_mode=True), *ConvNormAct(inputs, 1, kernel))
            for inputs, kernel in zip((channels, 1, 1), KERNELS, strict=True)
        )
        self.lateral = nn.ModuleList(ConvNormAct(1, 1, kernel) for kernel in KERNELS)
        self.context = (
            nn.Sequential(nn.AdaptiveAvgPool2d(1), *ConvNormAct(channels, out_channels, 1)) if global_pooling else None
        )
        self.levels = (*levels[:-1], Level(out_channels, stride))

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        *finer, deepest = pyramid
        enriched = self.main(deepest) * self.attention(deepest)
        if self.context is not None:
            enriched = enriched + self.context(deepest)
        return [*finer, enriched]

    def attention(self, x: Tensor) -> Tensor:
        """One weight a pixel: down the pyramid, and up again; (N, C, H, W) → (N, 1, H, W)."""
        scales = [x]
        for down in self.down:
            scales.append(down(scales[-1]))
        laterals = [lateral(scale) for lateral, scale in zip(self.lateral, scales[1:], strict=True)]
        weight = laterals.pop()
        while laterals:
            finer = laterals.pop()
            weight = finer + resize_to(weight, like=finer)
        return resize_to(weight, like=x)
