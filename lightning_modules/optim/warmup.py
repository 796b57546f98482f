"""Warmup, then a decay, stepped at every optimizer step."""

from typing import Literal

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from lightning_modules.optim.decays import Constant, Decay


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
        shape: Literal["constant", "linear", "exponential"] = "linear",
        start: float = 0.1,
        decay: Decay | None = None,
    ) -> None:
        if length < 0 or (length >= 1 and length != int(length)):
            raise ValueError(f"Warmup: length must be whole steps, or a share of the run below 1, got {length}")
        steps = round(length * total_steps) if length < 1 else int(length)
        if steps and steps >= total_steps:
            raise ValueError(f"Warmup: a warmup of {steps} steps does not fit into a run of {total_steps}")
        if not 0 < start <= 1:
            raise ValueError(f"Warmup: start must lie in (0, 1], got {start}")
        decay = decay or Constant()

        def factor(step: int) -> float:
            if step >= steps:
                return decay.factor(min((step - steps) / (total_steps - steps), 1.0))
            done = step / steps
            return {
                "constant": start,
                "linear": start + (1 - start) * done,
                "exponential": start ** (1 - done),
            }[shape]

        super().__init__(optimizer, factor)
