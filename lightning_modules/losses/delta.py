"""What every loss on deltas is."""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from torch import Tensor

from lightning_modules.losses.box import BoxLoss
from lightning_modules.losses.precision import at_least_float32


class DeltaLoss(BoxLoss, ABC):
    """A loss on the error of every delta, summed over the four of a box; a subclass gives `of_error`.

    Shape:
        Predicted (M, 4), target (M, 4) → (M,).
    """

    on: ClassVar[Literal["deltas", "boxes"]] = "deltas"

    def forward(self, predicted: Tensor, target: Tensor) -> Tensor:
        return self.of_error(at_least_float32(predicted) - at_least_float32(target)).sum(-1)

    @abstractmethod
    def of_error(self, error: Tensor) -> Tensor:
        """The loss of every x = predicted − target, of any shape."""
