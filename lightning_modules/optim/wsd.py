"""Warmup-stable-decay."""

import math
from typing import Literal

from lightning_modules.optim.decay import Decay, check_end, check_factor


class WSD(Decay):
    """Warmup-stable-decay: constant, then a fast decay (Hu et al. 2024, "MiniCPM", sec. 4).

    The forms of the decay are those of Hägele et al. 2024, "Scaling Laws and Compute-Optimal Training Beyond Fixed
    Training Durations", sec. 3. The warmup is `Warmup`'s.

    Args:
        decay: Share of the run that decays.
        shape: `linear`; or `sqrt`, 1 − √x, which the latter find best.
        end: Factor at the end of the run.

    Raises:
        ValueError: If the decay lies outside (0, 1] or the end outside [0, 1].
    """

    def __init__(self, decay: float = 0.2, shape: Literal["linear", "sqrt"] = "sqrt", end: float = 0.0) -> None:
        check_factor(self, decay=decay)
        check_end(self, end=end)
        self.decay = decay
        self.shape = shape
        self.end = end

    def factor(self, progress: float) -> float:
        decayed = min(max((progress - (1 - self.decay)) / self.decay, 0.0), 1.0)
        left = 1 - (decayed if self.shape == "linear" else math.sqrt(decayed))
        return self.end + (1 - self.end) * left
