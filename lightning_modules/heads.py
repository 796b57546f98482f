"""Heads: pyramid in, logits out; no loss inside."""

from collections.abc import Sequence

from torch import Tensor, nn

from lightning_modules.layers import ConvNormAct, Level


class PixelHead(nn.Module):
    """What every segmentation head is; its constructor gets the levels and the number of classes.

    Shape:
        A list of (N, C_i, H_i, W_i), fine to coarse → logits (N, num_classes, h, w), at the head's own resolution.
    """

    def forward(self, pyramid: list[Tensor]) -> Tensor:
        raise NotImplementedError


class FCNHead(PixelHead):
    """A 3 × 3 convolution and a 1 × 1 classifier on the finest level (after Long et al. 2015).

    Args:
        levels: Levels of the pyramid; the first is read.
        num_classes: Classes to tell apart.
        hidden: Channels of the 3 × 3 convolution; those of the level by default.
        dropout: Rate of 2-D dropout before the classifier.

    Shape:
        Level 0 (N, C, H, W) → (N, num_classes, H, W).
    """

    def __init__(
        self, levels: Sequence[Level], num_classes: int, hidden: int | None = None, dropout: float = 0.0
    ) -> None:
        super().__init__()
        channels = levels[0].channels
        self.block = ConvNormAct(channels, hidden or channels)
        self.dropout = nn.Dropout2d(dropout)
        self.classify = nn.Conv2d(hidden or channels, num_classes, 1)

    def forward(self, pyramid: list[Tensor]) -> Tensor:
        return self.classify(self.dropout(self.block(pyramid[0])))
