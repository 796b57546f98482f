"""Spatial pyramid pooling in its original form: any image size, one vector."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lightning_modules.heads.image import ImageHead
from lightning_modules.layers import BinMax, Level, check_levels, check_positive, check_rate


class SPPHead(ImageHead):
    """Max pooling to fixed bins and a linear classifier (He et al. 2014, "Spatial Pyramid Pooling", fig. 3).

    The deepest level is max-pooled to n × n bins for each n, so that its size decides nothing: C · Σ n² values go to
    the classifier. Bin i of n reaches from ⌊i · W / n⌋ to ⌈(i + 1) · W / n⌉ (the paper's appendix A), as torch's
    adaptive pooling has it.

    Args:
        levels: Levels of the pyramid; the last is pooled.
        num_classes: Classes to tell apart.
        bins: Bins a side at each level of the spatial pyramid (the figure's 1, 2, 4).
        dropout: Rate of dropout before the classifier.

    Shape:
        The last level (N, C, H, W) → (N, num_classes).

    Raises:
        ValueError: If there are no classes, there is no bin, a bin is below 1, or the dropout is outside [0, 1).
    """

    def __init__(
        self, levels: Sequence[Level], num_classes: int, bins: Sequence[int] = (1, 2, 4), dropout: float = 0.0
    ) -> None:
        super().__init__()
        check_levels(self, levels)
        check_positive(self, num_classes=num_classes)
        check_rate(self, dropout=dropout)
        if not bins or min(bins) < 1:
            raise ValueError(f"SPPHead: bins must be one or more numbers of at least 1, got {list(bins)}")
        self.pools = nn.ModuleList(BinMax(n) for n in bins)
        self.dropout = nn.Dropout(dropout)
        self.classify = nn.Linear(levels[-1].channels * sum(n * n for n in bins), num_classes)

    def forward(self, pyramid: list[Tensor]) -> Tensor:
        pooled = [pool(pyramid[-1]).flatten(1) for pool in self.pools]
        return self.classify(self.dropout(torch.cat(pooled, dim=1)))
