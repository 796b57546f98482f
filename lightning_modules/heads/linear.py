"""A classifier and nothing else."""

from collections.abc import Sequence

from torch import Tensor, nn

from lightning_modules.heads.base import PixelHead
from lightning_modules.layers import Level, check_levels, check_positive, check_rate


class LinearHead(PixelHead):
    """A 1 × 1 classifier on the finest level.

    For blocks that end in convolutions of their own, as in the papers: PSPNet (behind `PPM`), DeepLabv3+
    (behind `DeepLabDecoder`) and PAN (behind `GAU`).

    Args:
        levels: Levels of the pyramid; the first is read.
        num_classes: Classes to tell apart.
        dropout: Rate of 2-D dropout before the classifier.

    Shape:
        Level 0 (N, C, H, W) → (N, num_classes, H, W).

    Raises:
        ValueError: If there are no classes, or the dropout is outside [0, 1).
    """

    def __init__(self, levels: Sequence[Level], num_classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        check_levels(self, levels)
        check_positive(self, num_classes=num_classes)
        check_rate(self, dropout=dropout)
        self.dropout = nn.Dropout2d(dropout)
        self.classify = nn.Conv2d(levels[0].channels, num_classes, 1)

    def forward(self, pyramid: list[Tensor]) -> Tensor:
        return self.classify(self.dropout(pyramid[0]))
