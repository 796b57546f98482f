"""Feature pyramid attention."""

from collections.abc import Sequence
from functools import partial
from typing import Literal

from torch import Tensor, nn

from lightning_modules.layers import ConvNormAct, Level, check_choice, check_levels, check_positive, relu, resize_to
from lightning_modules.pyramid.base import PyramidBlock

KERNELS = (7, 5, 3)
POOLINGS: dict[str, type[nn.Module]] = {"average": nn.AvgPool2d, "max": nn.MaxPool2d}


class FPA(PyramidBlock):
    """Feature pyramid attention over the deepest level (Li et al. 2018, "Pyramid Attention Network", fig. 3b).

    The map is halved three times, with a 7 × 7, a 5 × 5 and a 3 × 3 convolution; a second convolution at each
    scale is added on the way up. The result weighs a 1 × 1 convolution of the map; the globally pooled map is added.

    The paper calls the attention one of pixels and prints neither the pyramid's channels nor the activations. By
    default there is one channel, a weight per pixel, as in segmentation-models-pytorch. The PyTorch code of J. Wang
    has a weight per pixel and channel, made by a pyramid of a quarter of the channels that goes up by transposed
    4 × 4 convolutions and halves by the stride of its convolutions; ReLUs follow the sums, not what is summed:
    `pyramid_channels: null, pool: stride, activation: sum`.

    The globally pooled map refuses to train under BatchNorm at batch 1, as in `PPM`; so does the pyramid where
    its smallest map is 1 × 1, for which no other norm helps if it has but one channel.

    Args:
        levels: Levels of the pyramid; the last one is read.
        out_channels: Channels of the enriched level; those of the input by default.
        pool: How the map is halved (the paper ablates average and max, table 1), or `stride`: by its convolutions.
        global_pooling: Whether the global branch is there (the paper ablates it, table 1).
        pyramid_channels: Channels of the pyramid: one, a weight per pixel; more, a weight per pixel and channel, by
            transposed convolutions on the way up. Null: a quarter of the input's.
        activation: Where the ReLUs are: on each `branch` that is added or weighed, or after each `sum`.

    Shape:
        The last level (N, C, H, W) → (N, out_channels, H, W); the others as they are. H and W may be odd.

    Raises:
        ValueError: If any channels are below 1, the pooling or the activation is unknown, or in training at batch 1
            as above.
    """

    def __init__(
        self,
        levels: Sequence[Level],
        out_channels: int | None = None,
        pool: Literal["average", "max", "stride"] = "average",
        global_pooling: bool = True,
        pyramid_channels: int | None = 1,
        activation: Literal["branch", "sum"] = "branch",
    ) -> None:
        super().__init__()
        check_levels(self, levels)
        check_choice(self, (*POOLINGS, "stride"), pool=pool)
        check_choice(self, ("branch", "sum"), activation=activation)
        channels, stride = levels[-1]
        out_channels = channels if out_channels is None else out_channels
        inner = max(1, channels // 4) if pyramid_channels is None else pyramid_channels
        check_positive(self, out_channels=out_channels, pyramid_channels=inner)
        on_branch, after_sum = (relu, nn.Identity) if activation == "branch" else (nn.Identity, relu)
        unit = partial(ConvNormAct, activation=on_branch)
        self.main = unit(channels, out_channels, 1)
        self.down = nn.ModuleList(
            _halve(pool, inputs, inner, kernel)
            for inputs, kernel in zip((channels, inner, inner), KERNELS, strict=True)
        )
        self.lateral = nn.ModuleList(unit(inner, inner, kernel) for kernel in KERNELS)
        self.up = nn.ModuleList(
            nn.Identity() if inner == 1 else _double(inner, outputs) for outputs in (out_channels, inner, inner)
        )
        self.context = (
            nn.Sequential(nn.AdaptiveAvgPool2d(1), *unit(channels, out_channels, 1)) if global_pooling else None
        )
        self.activate = after_sum()
        self.levels = (*levels[:-1], Level(out_channels, stride))

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        *finer, deepest = pyramid
        enriched = self.main(deepest) * self.attention(deepest)
        if self.context is not None:
            enriched = enriched + self.context(deepest)
        return [*finer, self.activate(enriched)]

    def attention(self, x: Tensor) -> Tensor:
        """The weights: down the pyramid, and up again; (N, C, H, W) → (N, 1 or out_channels, H, W)."""
        scales = [x]
        for down in self.down:
            scales.append(down(scales[-1]))
        laterals = [lateral(scale) for lateral, scale in zip(self.lateral, scales[1:], strict=True)]
        weight = laterals.pop()
        for up in [*self.up][:0:-1]:
            finer = laterals.pop()
            weight = self.activate(finer + resize_to(up(weight), like=finer))
        return resize_to(self.up[0](weight), like=x)


def _halve(pool: str, in_channels: int, channels: int, kernel: int) -> nn.Module:
    """Half the size, rounded up; the convolution behind a pooling has its ReLU in every form."""
    if pool == "stride":
        return ConvNormAct(in_channels, channels, kernel, stride=2)
    return nn.Sequential(POOLINGS[pool](2, ceil_mode=True), *ConvNormAct(in_channels, channels, kernel))


def _double(in_channels: int, channels: int) -> nn.Module:
    conv = nn.ConvTranspose2d(in_channels, channels, 4, stride=2, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(channels), relu())
