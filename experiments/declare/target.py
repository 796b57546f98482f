"""A target on the way: how many optimizer steps a run needs until a metric is good enough."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

STEPS = "steps_to_target"  # a column of every finished trial, and a metric that verdicts may be about


@dataclass(frozen=True)
class Target:
    """What is to be reached; exactly one of the two bounds is given.

    Args:
        metric: A metric of every validated epoch, such as val/miou.
        at_least: Its bound where higher is better.
        at_most: Its bound where lower is better.
    """

    metric: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def higher_is_better(self) -> bool:
        """Direction of its metric."""
        return self.at_least is not None

    def steps(self, epochs: Iterable[Mapping[str, float]]) -> int | None:
        """The optimizer step of the first epoch that reaches it; None if none does.

        Args:
            epochs: The rows of a trial's metrics.csv; NaN where an epoch was not validated.
        """
        return next((int(row["step"]) for row in epochs if self._reached(row.get(self.metric, math.nan))), None)

    def _reached(self, value: float) -> bool:
        if self.at_least is not None:
            return value >= self.at_least
        return self.at_most is not None and value <= self.at_most

    def __str__(self) -> str:
        bound = f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"
        return f"{self.metric} {bound}"
