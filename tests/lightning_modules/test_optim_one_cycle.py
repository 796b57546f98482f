"""One cycle against torch's, in runs of any length, for optimizers with and without momentum."""

import pytest
import torch
from torch.optim import SGD, Adagrad
from torch.optim.lr_scheduler import OneCycleLR

from lightning_modules.optim import OneCycle
from tests.lightning_modules.rates import STEPS, optimizer, rates


@pytest.mark.parametrize("anneal", ["cosine", "linear"])
def test_one_cycle_is_torchs(anneal):
    def made(schedule, **arguments):
        rated = SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5, momentum=0.9)
        return schedule(rated, total_steps=STEPS, **arguments)

    ours = made(OneCycle, anneal=anneal, first=0.04, last=4e-6, momentum=(0.8, 0.9))
    theirs = made(OneCycleLR, max_lr=0.5, anneal_strategy=anneal[:3] if anneal == "cosine" else anneal,
                  base_momentum=0.8, max_momentum=0.9)  # fmt: skip
    for _ in range(STEPS - 1):
        mine, other = ours.optimizer.param_groups[0], theirs.optimizer.param_groups[0]
        assert (mine["lr"], mine["momentum"]) == pytest.approx((other["lr"], other["momentum"]), abs=1e-12)
        for scheduler in (ours, theirs):
            scheduler.optimizer.step()
            scheduler.step()
    assert mine["lr"] < 0.01
    assert mine["momentum"] > 0.89


@pytest.mark.parametrize("steps", [2, 3, 4, 10])
def test_one_cycle_fits_into_any_run(steps):
    ours = rates(OneCycle(optimizer(), steps, rise=0.1, first=0.1, last=0.01, momentum=None), steps)
    assert (ours[0], ours[-1]) == pytest.approx((0.05, 0.005))


def test_one_cycle_needs_a_momentum_to_move():
    with pytest.raises(ValueError, match=r"^OneCycle: Adagrad has no momentum to move; set momentum to null$"):
        OneCycle(Adagrad([torch.nn.Parameter(torch.zeros(1))]), STEPS)
    OneCycle(Adagrad([torch.nn.Parameter(torch.zeros(1))]), STEPS, momentum=None)


def test_one_cycle_needs_two_steps():
    with pytest.raises(ValueError, match=r"^OneCycle: needs a run of 2 steps or more, got 1$"):
        OneCycle(optimizer(), 1, momentum=None)
