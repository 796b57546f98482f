"""Half a cosine."""

import math

from lightning_modules.optim.decay import Decay, check_end


class Cosine(Decay):
    """Half a cosine from 1 to `end` (Loshchilov & Hutter 2017, "SGDR", eq. 5).

    Args:
        end: Factor at the end of the run.

    Raises:
        ValueError: If the end lies outside [0, 1].
    """

    def __init__(self, end: float = 0.0) -> None:
        check_end(self, end=end)
        self.end = end

    def factor(self, progress: float) -> float:
        return self.end + (1 - self.end) * (1 + math.cos(math.pi * progress)) / 2
