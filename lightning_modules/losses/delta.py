"""Base class of the losses on deltas."""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from torch import Tensor

from lightning_modules.losses.box import BoxLoss
from lightning_modules.losses.precision import at_least_float32


class DeltaLoss(BoxLoss, ABC):
    """A loss on every delta, summed over the four of a box; a subclass gives `per_delta`.

    Shape:
        Predicted (M, 4), target (M, 4) → (M,).
    """

    on: ClassVar[Literal["deltas", "boxes"]] = "deltas"

    def forward(self, predicted: Tensor, target: Tensor) -> Tensor:
        return self.per_delta(at_least_float32(predicted), at_least_float32(target)).sum(-1)

    @abstractmethod
    def per_delta(self, predicted: Tensor, target: Tensor) -> Tensor:
        """The loss of every delta, of the shape of both."""
