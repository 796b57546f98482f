"""Object-contextual representations."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lightning_modules.layers import ConvNormAct, Level, check_levels, check_positive
from lightning_modules.pyramid.base import PyramidBlock


class OCR(PyramidBlock):
    """Object-contextual representations of the deepest level (Yuan et al. 2020, "Object-Contextual Repr.", fig. 3).

    The map is divided softly into object regions; each region is the mean of its pixels; each pixel then attends to the
    regions, and what it gets is concatenated with the pixel itself.

    The paper makes the regions of the logits of an auxiliary head, one a class, and trains that head on the labels. A
    context block knows no classes: here the regions are learnt from the task's loss alone.

    At batch 1 the regions are still several values a channel, so BatchNorm trains unless there is one region.

    Args:
        levels: Levels of the pyramid; the last one is read.
        regions: Object regions K; the paper has one a class.
        channels: Channels of the map that is attended from, and of the enriched level (the paper's 512).
        key_channels: Channels in which pixels and regions are compared (the paper's 256).

    Shape:
        The last level (N, C, H, W) → (N, channels, H, W); the others as they are.

    Raises:
        ValueError: If the regions or any channels are below 1, or in training at batch 1 with one region.
    """

    def __init__(
        self, levels: Sequence[Level], regions: int = 19, channels: int = 512, key_channels: int = 256
    ) -> None:
        super().__init__()
        check_levels(self, levels)
        check_positive(self, regions=regions, channels=channels, key_channels=key_channels)
        inputs, stride = levels[-1]
        self.regions = nn.Sequential(*ConvNormAct(inputs, channels, 1), nn.Conv2d(channels, regions, 1))
        self.pixels = ConvNormAct(inputs, channels)
        self.query = nn.Sequential(ConvNormAct(channels, key_channels, 1), ConvNormAct(key_channels, key_channels, 1))
        self.key = nn.Sequential(ConvNormAct(channels, key_channels, 1), ConvNormAct(key_channels, key_channels, 1))
        self.value = ConvNormAct(channels, key_channels, 1)
        self.context = ConvNormAct(key_channels, channels, 1)
        self.project = ConvNormAct(2 * channels, channels, 1)
        self.levels = (*levels[:-1], Level(channels, stride))

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        *finer, deepest = pyramid
        pixels = self.pixels(deepest)
        share = self.regions(deepest).flatten(2).softmax(dim=2)  # (N, K, H·W): of each region, where it lies
        objects = (pixels.flatten(2) @ share.transpose(1, 2)).unsqueeze(3)  # (N, channels, K, 1)
        return [*finer, self.project(torch.cat([self._attended(pixels, objects), pixels], dim=1))]

    def _attended(self, pixels: Tensor, objects: Tensor) -> Tensor:
        """What each pixel gets from the objects; (N, C, H, W), (N, C, K, 1) → (N, C, H, W)."""
        query, key, value = (x.flatten(2) for x in (self.query(pixels), self.key(objects), self.value(objects)))
        weights = (query.transpose(1, 2) @ key * key.shape[1] ** -0.5).softmax(dim=2)  # (N, H·W, K)
        return self.context((value @ weights.transpose(1, 2)).unflatten(2, pixels.shape[2:]))
