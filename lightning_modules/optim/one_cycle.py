"""One cycle up and down."""

from typing import Literal

from torch.optim import Optimizer
from torch.optim.lr_scheduler import OneCycleLR


class OneCycle(OneCycleLR):
    """Up to the optimizer's learning rate and down to almost nothing, with the momentum moving against it.

    From Smith & Topin 2019, "Super-Convergence", sec. 2, as in torch, whose arguments are the factors here.

    Args:
        optimizer: Whose rates are the peak.
        total_steps: Optimizer steps of the run.
        rise: Share of the run that rises.
        anneal: Form of both ways, cosine or linear.
        first: Factor at step 0.
        last: Factor at the end.
        momentum: Momentum at the peak and at both ends (β₁ for Adam); None leaves it alone, for optimizers without.

    Raises:
        ValueError: If the rise, a factor or a momentum is out of range, the optimizer has no momentum, or the
            run is of one step.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        total_steps: int,
        rise: float = 0.3,
        anneal: Literal["cosine", "linear"] = "cosine",
        first: float = 0.04,
        last: float = 4e-6,
        momentum: tuple[float, float] | None = (0.85, 0.95),
    ) -> None:
        _check_form(rise, first, last, total_steps)
        _check_momentum(momentum, optimizer)
        low, high = momentum or (0.0, 0.0)
        super().__init__(
            optimizer,
            max_lr=[group["lr"] for group in optimizer.param_groups],
            total_steps=total_steps,
            pct_start=max(rise, 1.5 / total_steps),  # torch takes a step off, and must not be left with none
            anneal_strategy="cos" if anneal == "cosine" else "linear",
            cycle_momentum=momentum is not None,
            base_momentum=low,
            max_momentum=high,
            div_factor=1 / first,
            final_div_factor=first / last,
        )


def _check_form(rise: float, first: float, last: float, total_steps: int) -> None:
    if not 0 < rise < 1 or not 0 < first <= 1 or not 0 < last <= 1:
        raise ValueError(f"OneCycle: rise must lie in (0, 1), first and last in (0, 1], got {rise}, {first} and {last}")
    if total_steps < 2:
        raise ValueError(f"OneCycle: needs a run of 2 steps or more, got {total_steps}")


def _check_momentum(momentum: tuple[float, float] | None, optimizer: Optimizer) -> None:
    if momentum and not all(0 <= m < 1 for m in momentum):
        raise ValueError(f"OneCycle: momentum must be two numbers in [0, 1), got {momentum}")
    if momentum and not {"momentum", "betas"} & optimizer.defaults.keys():
        raise ValueError(f"OneCycle: {type(optimizer).__name__} has no momentum to move; set momentum to null")
