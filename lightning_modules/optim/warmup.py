"""Warmup, then a decay, stepped at every optimizer step."""

import math
from collections.abc import Callable
from typing import Literal, TypeAlias

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from lightning_modules.optim.constant import Constant
from lightning_modules.optim.decay import Decay

Shape: TypeAlias = Literal["constant", "linear", "exponential"]


class Warmup(LambdaLR):
    """The schedule of every trial: a warmup of any length, 0 included, then a decay over what is left.

    During the warmup of W steps the base rate is multiplied, at step t, by `start` (constant; He et al. 2016,
    sec. 4.2), start + (1 − start)·t/W (linear; Goyal et al. 2017, sec. 2.2) or start^(1 − t/W) (exponential).

    Args:
        optimizer: Whose learning rates are scheduled.
        total_steps: Optimizer steps of the run.
        length: Steps of warmup; below 1, a share of the run.
        shape: Constant, linear or exponential.
        start: Factor at step 0.
        decay: What comes after; constant by default.

    Raises:
        ValueError: If the length is negative or does not fit into the run, or start lies outside (0, 1].
    """

    def __init__(
        self,
        optimizer: Optimizer,
        total_steps: int,
        length: float = 0,
        shape: Shape = "linear",
        start: float = 0.1,
        decay: Decay | None = None,
    ) -> None:
        super().__init__(optimizer, warmed_up(self, total_steps, length, shape, start, (decay or Constant()).factor))


def warmed_up(
    owner: object, total_steps: int, length: float, shape: Shape, start: float, then: Callable[[float], float]
) -> Callable[[int], float]:
    """The factor by the step: a warmup, then what `then` makes of the share of the rest that is done.

    Raises:
        ValueError: As `Warmup`; names the owner's class.
    """
    name = type(owner).__name__
    if not 0 <= length < math.inf or (length >= 1 and length != int(length)):
        raise ValueError(f"{name}: length must be whole steps, or a share of the run below 1, got {length}")
    steps = round(length * total_steps) if length < 1 else int(length)
    if steps and steps >= total_steps:
        raise ValueError(f"{name}: a warmup of {steps} steps does not fit into a run of {total_steps}")
    if not 0 < start <= 1:
        raise ValueError(f"{name}: start must lie in (0, 1], got {start}")

    def factor(step: int) -> float:
        if step >= steps:
            return then(min((step - steps) / (total_steps - steps), 1.0))
        done = step / steps
        return {
            "constant": start,
            "linear": start + (1 - start) * done,
            "exponential": start ** (1 - done),
        }[shape]

    return factor
