"""The confusion matrix over a whole data set."""

import torch
from torch import Tensor
from torchmetrics import Metric


class ConfusionMatrix(Metric):
    """Counts pixels by label (rows) and prediction (columns), over all batches and ranks.

    torchmetrics' own falls back to a comparison with every cell, 121 for 11 classes, wherever deterministic
    algorithms are asked for, which took a third of a small trial. Counting integers is deterministic as it is.

    Args:
        num_classes: Labels to tell apart.
        ignore_index: Label of pixels that do not count.
    """

    matrix: Tensor

    def __init__(self, num_classes: int, ignore_index: int) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.ignore_index = ignore_index
        self.add_state("matrix", torch.zeros(num_classes, num_classes, dtype=torch.long), dist_reduce_fx="sum")

    def update(self, predicted: Tensor, target: Tensor) -> None:
        """Count a batch; both of one shape, of integers."""
        counted = target != self.ignore_index
        cells = target[counted] * self.num_classes + predicted[counted]
        self.matrix += cells.bincount(minlength=self.num_classes**2).view_as(self.matrix)

    def compute(self) -> Tensor:
        """The matrix, (num_classes, num_classes)."""
        return self.matrix
