"""A polynomial."""

from lightning_modules.layers import check_scale
from lightning_modules.optim.decay import Decay


class Poly(Decay):
    """(1 − progress)^power (Chen et al. 2017, "DeepLab", sec. 4.3).

    Args:
        power: The exponent; 0.9 in the paper.

    Raises:
        ValueError: If the power is not positive.
    """

    def __init__(self, power: float = 0.9) -> None:
        check_scale(self, power=power)
        self.power = power

    def factor(self, progress: float) -> float:
        return (1 - progress) ** self.power
