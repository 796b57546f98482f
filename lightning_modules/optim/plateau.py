"""A rate that falls when a metric stops improving."""

from collections.abc import Mapping
from typing import Any, Literal, SupportsFloat

import torch
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau

from lightning_modules.layers import check_weight
from lightning_modules.optim.warmup import Shape, warmed_up


class Plateau(LambdaLR):
    """A warmup, then a constant rate that is reduced whenever a metric stops improving from validation to validation.

    "Divided by 10 when the error plateaus" (He et al. 2016, "Deep Residual Learning", sec. 3.4). torch's
    `ReduceLROnPlateau` decides; it is told of every validation, however many an epoch has.

    Args:
        optimizer: Whose learning rates are scheduled.
        total_steps: Optimizer steps of the run.
        length: Steps of warmup; below 1, a share of the run.
        shape: Of the warmup: constant, linear or exponential.
        start: Factor at step 0.
        monitor: A metric that validation logs, `val/…`.
        mode: Whether it should fall (min) or rise (max).
        gamma: Factor of each reduction.
        patience: Validations without improvement that are let pass.
        threshold: Relative change that counts as an improvement.
        cooldown: Validations after a reduction that count for nothing.
        end: The smallest factor.

    Raises:
        ValueError: If the monitor is not a metric of validation, the warmup does not fit (see `Warmup`), gamma lies
            outside (0, 1), the end outside [0, 1), or patience, threshold or cooldown is negative.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        total_steps: int,
        length: float = 0,
        shape: Shape = "linear",
        start: float = 0.1,
        monitor: str = "val/loss",
        mode: Literal["min", "max"] = "min",
        gamma: float = 0.1,
        patience: int = 5,
        threshold: float = 1e-4,
        cooldown: int = 0,
        end: float = 0.0,
    ) -> None:
        if not 0 < gamma < 1 or not 0 <= end < 1:
            raise ValueError(f"Plateau: gamma must lie in (0, 1) and end in [0, 1), got {gamma} and {end}")
        check_weight(self, patience=patience, threshold=threshold, cooldown=cooldown)
        if not monitor.startswith("val/"):  # what training logs is known only after the epoch's validation
            raise ValueError(f"Plateau: monitor must be a metric of validation, as val/loss, got {monitor!r}")
        self.monitor = monitor
        # The factor is the rate of an optimizer of nothing: torch's class does its work on that one.
        self.plateau = ReduceLROnPlateau(
            SGD([torch.zeros(1)], lr=1.0), mode, gamma, patience, threshold, cooldown=cooldown, min_lr=end
        )
        super().__init__(optimizer, warmed_up(self, total_steps, length, shape, start, lambda _: self.factor))

    @property
    def factor(self) -> float:
        """The factor that the reductions so far have come to."""
        return float(self.plateau.optimizer.param_groups[0]["lr"])

    def observe(self, metrics: Mapping[str, SupportsFloat]) -> None:
        """Take the metrics of a validation; the next step already has the reduced rate.

        Raises:
            ValueError: If the monitored metric is not among them.
        """
        if self.monitor not in metrics:
            raise ValueError(f"Plateau: no metric {self.monitor!r} was logged; there are {', '.join(sorted(metrics))}")
        self.plateau.step(metrics[self.monitor])
        self._set_rates()

    def _set_rates(self) -> None:
        rates = [base * factor(self.last_epoch) for base, factor in zip(self.base_lrs, self.lr_lambdas, strict=True)]
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = rates

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "plateau": self.plateau.state_dict(), "factor": self.factor}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        own = dict(state_dict)
        self.plateau.load_state_dict(own.pop("plateau"))
        self.plateau.optimizer.param_groups[0]["lr"] = own.pop("factor")
        super().load_state_dict(own)
        self._set_rates()
