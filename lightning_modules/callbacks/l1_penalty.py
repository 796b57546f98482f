"""L1 regularisation by its subgradient."""

from torch import Tensor

from lightning_modules.callbacks.penalty import Penalty


class L1Penalty(Penalty):
    """Adds λ Σ |w| to the loss (Tibshirani 1996, "the Lasso"; Goodfellow et al. 2016, "Deep Learning", sec. 7.1.2).

    A subgradient step jumps over zero: weights become small, hardly ever zero. `L1Proximal` makes zeros.

    Args:
        strength: λ.

    Raises:
        ValueError: If the strength is not positive.
    """

    def __init__(self, strength: float = 1e-4) -> None:
        super().__init__(strength)

    def gradient(self, weight: Tensor) -> Tensor:
        return weight.sign()
