"""Base class of the losses on boxes."""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from torch import Tensor, nn


class BoxLoss(nn.Module, ABC):
    """A loss on matched boxes: any of them fits a detection module, which decides what to divide the sum by.

    Shape:
        Predicted (M, 4), target (M, 4) → (M,), a loss a box; M may be 0.
    """

    on: ClassVar[Literal["deltas", "boxes"]]
    """What the four numbers are: deltas to an anchor, as encoded, or corners x1, y1, x2, y2 in pixels."""

    @abstractmethod
    def forward(self, predicted: Tensor, target: Tensor) -> Tensor:
        raise NotImplementedError
