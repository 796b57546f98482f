"""The head of UPerNet."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lightning_modules.heads.base import PixelHead
from lightning_modules.layers import ConvNormAct, Level, check_levels, check_positive, check_rate, resize_to


class UPerHead(PixelHead):
    """All levels at the finest resolution, concatenated (Xiao et al. 2018, "Unified Perceptual Parsing", fig. 4).

    Behind `PPM` and `FPN` it is UPerNet: a 3 × 3 convolution fuses the levels, a 1 × 1 classifier reads them.

    Args:
        levels: Levels of the pyramid, at least two.
        num_classes: Classes to tell apart.
        hidden: Channels of the 3 × 3 convolution; those of the finest level by default.
        dropout: Rate of 2-D dropout before the classifier.

    Shape:
        Levels (N, C_i, H_i, W_i) → (N, num_classes, H_0, W_0).

    Raises:
        ValueError: If there are fewer than two levels, classes or channels are below 1, or the dropout is
            outside [0, 1).
    """

    def __init__(
        self, levels: Sequence[Level], num_classes: int, hidden: int | None = None, dropout: float = 0.0
    ) -> None:
        super().__init__()
        check_levels(self, levels, at_least=2)
        hidden = levels[0].channels if hidden is None else hidden
        check_positive(self, num_classes=num_classes, hidden=hidden)
        check_rate(self, dropout=dropout)
        self.fuse = ConvNormAct(sum(level.channels for level in levels), hidden)
        self.dropout = nn.Dropout2d(dropout)
        self.classify = nn.Conv2d(hidden, num_classes, 1)

    def forward(self, pyramid: list[Tensor]) -> Tensor:
        levels = [resize_to(x, like=pyramid[0]) for x in pyramid]
        return self.classify(self.dropout(self.fuse(torch.cat(levels, dim=1))))
