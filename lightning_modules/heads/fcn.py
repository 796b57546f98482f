"""The head of a fully convolutional network."""

from collections.abc import Sequence

from torch import Tensor, nn

from lightning_modules.heads.base import PixelHead
from lightning_modules.layers import ConvNormAct, Level, check_levels, check_positive, check_rate


class FCNHead(PixelHead):
    """A 3 × 3 convolution and a 1 × 1 classifier on the finest level (after Long et al. 2015).

    Behind `ASPP` it is the head of DeepLabV3.

    Args:
        levels: Levels of the pyramid; the first is read.
        num_classes: Classes to tell apart.
        hidden: Channels of the 3 × 3 convolution; those of the level by default.
        dropout: Rate of 2-D dropout before the classifier.

    Shape:
        Level 0 (N, C, H, W) → (N, num_classes, H, W).

    Raises:
        ValueError: If classes or channels are below 1, or the dropout is outside [0, 1).
    """

    def __init__(
        self, levels: Sequence[Level], num_classes: int, hidden: int | None = None, dropout: float = 0.0
    ) -> None:
        super().__init__()
        check_levels(self, levels)
        channels = levels[0].channels
        hidden = channels if hidden is None else hidden
        check_positive(self, num_classes=num_classes, hidden=hidden)
        check_rate(self, dropout=dropout)
        self.block = ConvNormAct(channels, hidden)
        self.dropout = nn.Dropout2d(dropout)
        self.classify = nn.Conv2d(hidden, num_classes, 1)

    def forward(self, pyramid: list[Tensor]) -> Tensor:
        return self.classify(self.dropout(self.block(pyramid[0])))
