"""The rates that a schedule gives to an optimizer of one number."""

import torch
from torch.optim import SGD

STEPS = 50


def optimizer() -> SGD:
    return SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)


def rates(scheduler, steps: int = STEPS) -> list[float]:
    seen = []
    for _ in range(steps):
        seen.append(scheduler.get_last_lr()[0])
        scheduler.optimizer.step()
        scheduler.step()
    return seen
