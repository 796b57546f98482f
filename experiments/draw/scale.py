"""Values to positions: an affine map with round ticks."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Maps [low, high] onto [start, end].

    Args:
        low: Value at the start.
        high: Value at the end.
        start: Position of the low end; percent or pixels, as the drawing likes.
        end: Position of the high end.
    """

    low: float
    high: float
    start: float = 0.0
    end: float = 100.0

    def __call__(self, value: float) -> float:
        """The position of a value, inside the scale or not."""
        return round(self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start), 2)

    def clip(self, value: float) -> float:
        """The position of a value, or of the end that it lies beyond."""
        return self(min(max(value, self.low), self.high))

    def __contains__(self, value: float) -> bool:
        """Whether a value lies on the scale."""
        return self.low <= value <= self.high

    def ticks(self, about: int = 6) -> list[tuple[float, str]]:
        """Round values on the scale, at most so many, with their text."""
        rough = (self.high - self.low) / about
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
        places = max(0, -math.floor(math.log10(step) + 1e-9))
        values = [step * i for i in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]
        return [(value, f"{value:.{places}f}".replace("-", "−")) for value in values]


def limits(shown: Iterable[float], wished: Iterable[float] = ()) -> tuple[float, float]:
    """Ends of a scale: all that must be shown, and of what may be cut no more than that span once again.

    Intervals over two seeds, or one diverged run, would otherwise press everything else into a line.
    """
    inner = [value for value in shown if math.isfinite(value)]
    low, high = min(inner), max(inner)
    span = (high - low) or 1.0
    outer = [min(max(value, low - span), high + span) for value in wished if math.isfinite(value)]
    low, high = min([low, *outer]), max([high, *outer])
    margin = 0.04 * ((high - low) or 1.0)
    return low - margin, high + margin
