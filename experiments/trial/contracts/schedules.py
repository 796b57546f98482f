"""The contract of every schedule of the learning rate."""

import math
from collections.abc import Callable
from copy import deepcopy
from typing import TypeAlias

import torch
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import LRScheduler

Make: TypeAlias = Callable[[Optimizer, int], LRScheduler]
STEPS, HALF, RATE = 40, 20, 0.1


def rates_are_numbers(make: Make) -> None:
    """Every rate of the run is finite and at least 0."""
    for step, rate in enumerate(_rates(make(_optimizer(), STEPS), STEPS)):
        assert 0 <= rate < math.inf, f"the rate is {rate} at step {step} of {STEPS}"


def it_resumes(make: Make) -> None:
    """Resumed half way from its state and the optimizer's, it goes on as if nothing had been."""
    optimizer, again = _optimizer(), _optimizer()
    whole = make(optimizer, STEPS)
    _rates(whole, HALF)
    halves = deepcopy((whole.state_dict(), optimizer.state_dict()))
    resumed = make(again, STEPS)
    resumed.load_state_dict(halves[0])
    again.load_state_dict(halves[1])
    ours, theirs = _rates(resumed, HALF), _rates(whole, HALF)
    assert ours == theirs, f"the rates after step {HALF} were {theirs[:3]}, and are {ours[:3]} when it is resumed"


CONTRACT: tuple[Callable[[Make], None], ...] = (rates_are_numbers, it_resumes)


def _optimizer() -> Optimizer:
    weight = torch.nn.Parameter(torch.ones(1))
    weight.grad = torch.zeros(1)
    return SGD([weight], lr=RATE, momentum=0.9)  # some schedules move that, too


def _rates(schedule: LRScheduler, count: int) -> list[float]:
    """The rates of so many steps; a schedule is stepped behind its optimizer."""
    rates = []
    for _ in range(count):
        rates.append(float(schedule.optimizer.param_groups[0]["lr"]))
        schedule.optimizer.step()
        schedule.step()
    return rates
