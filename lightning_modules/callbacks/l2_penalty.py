"""L2 regularisation by its gradient."""

from torch import Tensor

from lightning_modules.callbacks.penalty import Penalty


class L2Penalty(Penalty):
    """Adds λ/2 Σ w² to the loss (Krogh & Hertz 1991, "A Simple Weight Decay Can Improve Generalization", eq. 1).

    Under SGD it is weight decay; under an adaptive optimizer it is not (Loshchilov & Hutter 2019, "Decoupled Weight
    Decay Regularization", prop. 2).

    Args:
        strength: λ.

    Raises:
        ValueError: If the strength is not positive.
    """

    def __init__(self, strength: float = 1e-4) -> None:
        super().__init__(strength)

    def gradient(self, weight: Tensor) -> Tensor:
        return weight
