"""The contract of every optimizer."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

Make: TypeAlias = Callable[[Iterable[nn.Parameter]], Optimizer]
STEPS = 4


def a_schedule_finds_its_rate(make: Make) -> None:
    """Its groups have a learning rate, `lr`, which schedules scale."""
    assert all("lr" in group for group in make(_weights()).param_groups), "a group has no lr"


def every_weight_moves(make: Make) -> None:
    """Every weight that has a gradient is changed, and stays finite."""
    weights = _weights()
    before = [weight.detach().clone() for weight in weights]
    _train(make(weights), weights, range(STEPS))
    for old, new in zip(before, weights, strict=True):
        assert not torch.equal(old, new), f"a weight of shape {tuple(new.shape)} stays as it was"
        assert torch.isfinite(new).all(), f"a weight of shape {tuple(new.shape)} is not finite after {STEPS} steps"


def it_resumes(make: Make) -> None:
    """Resumed half way from its state, it ends in the same bits."""
    weights = _weights()
    optimizer = make(weights)
    _train(optimizer, weights, range(STEPS // 2))
    copies = [nn.Parameter(weight.detach().clone()) for weight in weights]
    resumed = make(copies)
    resumed.load_state_dict(deepcopy(optimizer.state_dict()))  # it would share its tensors
    for each, of in ((optimizer, weights), (resumed, copies)):
        _train(each, of, range(STEPS // 2, STEPS))
    assert all(map(torch.equal, weights, copies)), "other weights than those of a run that was not interrupted"


CONTRACT: tuple[Callable[[Make], None], ...] = (a_schedule_finds_its_rate, every_weight_moves, it_resumes)


def _weights() -> list[nn.Parameter]:
    """As a convolution and its bias have them."""
    torch.manual_seed(0)
    return [nn.Parameter(torch.randn(4, 3, 3, 3)), nn.Parameter(torch.randn(4))]


def _train(optimizer: Optimizer, weights: list[nn.Parameter], steps: Iterable[int]) -> None:
    for step in steps:
        torch.manual_seed(step)
        targets = [torch.randn_like(weight) for weight in weights]

        def loss(targets: list[Tensor] = targets) -> Tensor:
            optimizer.zero_grad()
            off = torch.stack([((w - t) ** 2).sum() for w, t in zip(weights, targets, strict=True)]).sum()
            off.backward()
            return off

        optimizer.step(loss)  # type: ignore[arg-type]
