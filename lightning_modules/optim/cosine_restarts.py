"""Cosines that start anew."""

import math
from itertools import accumulate

from lightning_modules.optim.cosine import Cosine
from lightning_modules.optim.decay import EPSILON


class CosineRestarts(Cosine):
    """Cosines in a row, each `growth` times as long as the last (Loshchilov & Hutter 2017, "SGDR", sec. 3).

    Args:
        cycles: Cosines in the run.
        growth: T_mult of the paper.
        end: Factor at the end of each cycle.

    Raises:
        ValueError: If there is no cycle, they shrink, they grow so fast that the first is nothing, or the end lies
            outside [0, 1].
    """

    def __init__(self, cycles: int = 3, growth: float = 2.0, end: float = 0.0) -> None:
        super().__init__(end)
        if cycles < 1 or not 1 <= growth < math.inf:
            got = f"{cycles} and {growth}"
            raise ValueError(f"CosineRestarts: cycles and growth must be at least 1, and finite, got {got}")
        # In lengths of the last cycle, which do not overflow.
        *starts, whole = accumulate((growth ** (i + 1 - cycles) for i in range(cycles)), initial=0.0)
        self.starts = [start / whole for start in (*starts, whole)]
        if self.starts[1] < EPSILON:
            raise ValueError(
                f"CosineRestarts: {cycles} cycles, each {growth} times as long as the last, leave the first less than "
                "a billionth of the run; use fewer"
            )

    def factor(self, progress: float) -> float:
        cycle = max(i for i, start in enumerate(self.starts[:-1]) if progress >= start - EPSILON)
        start, end = self.starts[cycle : cycle + 2]
        return super().factor(min(max((progress - start) / (end - start), 0.0), 1.0))
