"""What each training of an ablation may spend, where that is not its epochs."""

import sys
from dataclasses import dataclass
from typing import Any

UNITS = {"steps": "optimizer steps", "flops": "FLOPs", "seconds": "seconds"}
WANTED = (
    "one of {steps: 400}, {flops: 2e12} and {seconds: 60}, above 0, steps a whole number; "
    "equal epochs, the default, are those of the baseline's trainer"
)


@dataclass(frozen=True)
class Budget:
    """The same for every arm; an arm trains for as many optimizer steps as it affords.

    Args:
        unit: `steps`; `flops` of all of its training steps, forward and backward, on all of its devices, as torch
            counts them (convolutions and matrix products); or `seconds` of these steps, without validation and without
            waiting for data.
        amount: How many.
    """

    unit: str
    amount: float

    @property
    def measured(self) -> bool:
        """Whether a step of each arm has to be measured before anybody knows how many steps it affords."""
        return self.unit != "steps"

    def __str__(self) -> str:
        return f"{self.amount:,.12g} {UNITS[self.unit]}"


def is_budget(value: Any) -> bool:
    """Whether it maps one unit to a number above 0."""
    if not isinstance(value, dict) or len(value) != 1 or not value.keys() <= UNITS.keys():
        return False
    ((unit, amount),) = value.items()
    kinds = int if unit == "steps" else int | float
    return isinstance(amount, kinds) and not isinstance(amount, bool) and 0 < amount <= sys.float_info.max


def read_budget(content: dict[str, Any]) -> Budget | None:
    """The budget of an ablation's keys, which were checked; None if there is none."""
    return Budget(*next(iter(content["budget"].items()))) if "budget" in content else None
