"""Global average pooling and a classifier."""

from collections.abc import Sequence

from torch import Tensor, nn

from lightning_modules.heads.image import ImageHead
from lightning_modules.layers import Level, check_levels, check_positive, check_rate


class GAPHead(ImageHead):
    """The deepest level's mean and a linear classifier (Lin et al. 2014, "Network in Network", sec. 3.2).

    With the classifier, as in ResNet (He et al. 2016, table 1).

    Args:
        levels: Levels of the pyramid; the last is read.
        num_classes: Classes to tell apart.
        dropout: Rate of dropout before the classifier.

    Shape:
        The last level (N, C, H, W) → (N, num_classes).

    Raises:
        ValueError: If there are no classes, or the dropout is outside [0, 1).
    """

    def __init__(self, levels: Sequence[Level], num_classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        check_levels(self, levels)
        check_positive(self, num_classes=num_classes)
        check_rate(self, dropout=dropout)
        self.dropout = nn.Dropout(dropout)
        self.classify = nn.Linear(levels[-1].channels, num_classes)

    def forward(self, pyramid: list[Tensor]) -> Tensor:
        return self.classify(self.dropout(pyramid[-1].mean((2, 3))))
