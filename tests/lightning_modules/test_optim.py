"""Schedules against their formulas and against torch's."""

import math

import pytest
import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, LinearLR, PolynomialLR

from lightning_modules.optim import Constant, Cosine, Decay, Poly, Step, Warmup
from tests.walk import subclasses

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


def test_poly_is_torchs():
    ours = rates(Warmup(optimizer(), STEPS, decay=Poly(0.9)))
    assert ours == pytest.approx(rates(PolynomialLR(optimizer(), STEPS, power=0.9)), abs=1e-12)


def test_cosine_is_torchs():
    ours = rates(Warmup(optimizer(), STEPS, decay=Cosine(end=0.1)))
    assert ours == pytest.approx(rates(CosineAnnealingLR(optimizer(), STEPS, eta_min=0.05)), abs=1e-12)


def test_linear_warmup_is_torchs():
    ours = rates(Warmup(optimizer(), STEPS, length=10, start=0.2))
    assert ours == pytest.approx(rates(LinearLR(optimizer(), start_factor=0.2, total_iters=10)), abs=1e-12)


def test_exponential_warmup_is_torchs_exponential():
    ours = rates(Warmup(optimizer(), STEPS, length=10, shape="exponential", start=0.2))[:10]
    scheduler = ExponentialLR(optimizer(), gamma=0.2 ** (-1 / 10))
    assert ours == pytest.approx([0.2 * rate for rate in rates(scheduler, 10)], abs=1e-12)


def test_constant_warmup_then_full_rate():
    ours = rates(Warmup(optimizer(), STEPS, length=5, shape="constant", start=0.3))
    assert ours == pytest.approx([0.15] * 5 + [0.5] * 45)


def test_step_decays_at_its_milestones():
    ours = rates(Warmup(optimizer(), 10, decay=Step([0.5, 0.8], gamma=0.1)), 10)
    assert ours == pytest.approx([0.5] * 5 + [0.05] * 3 + [0.005] * 2)


def test_a_share_is_a_share_of_the_run():
    assert rates(Warmup(optimizer(), STEPS, length=0.2)) == rates(Warmup(optimizer(), STEPS, length=10))


@pytest.mark.parametrize("shape", ["constant", "linear", "exponential"])
@pytest.mark.parametrize("decay", subclasses(Decay), ids=lambda c: c.__name__)
def test_every_decay_behind_every_warmup_starts_full_and_stays_in_range(decay, shape):
    ours = rates(Warmup(optimizer(), STEPS, length=7, shape=shape, start=0.1, decay=decay()))
    assert ours[0] == pytest.approx(0.05)
    assert ours[7] == pytest.approx(0.5)
    assert all(0 <= rate <= 0.5 for rate in ours)
    assert all(a >= b for a, b in zip(ours[7:], ours[8:], strict=False))


def test_each_group_keeps_its_own_rate():
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (0.1, 1.0)]
    scheduler = Warmup(SGD(groups), 10, decay=Poly())
    scheduler.optimizer.step()
    scheduler.step()
    assert scheduler.get_last_lr() == pytest.approx([0.1 * 0.9**0.9, 0.9**0.9])


def test_a_resumed_schedule_goes_on():
    whole = rates(Warmup(optimizer(), STEPS, length=5, decay=Cosine()))
    first = Warmup(optimizer(), STEPS, length=5, decay=Cosine())
    rates(first, 20)
    second = Warmup(optimizer(), STEPS, length=5, decay=Cosine())
    second.load_state_dict(first.state_dict())
    assert rates(second, 30)[1:] == pytest.approx(whole[21:])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"length": -1}, "got -1"),
        ({"length": 2.5}, "whole steps, or a share of the run below 1, got 2.5"),
        ({"length": 50}, "a warmup of 50 steps does not fit into a run of 50"),
        ({"start": 0}, r"start must lie in \(0, 1\], got 0"),
    ],
)
def test_warmup_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        Warmup(optimizer(), STEPS, **{"length": 5, **arguments})


@pytest.mark.parametrize(
    ("decay", "arguments", "message"),
    [
        (Poly, {"power": 0}, "power must be positive, got 0"),
        (Cosine, {"end": 2}, r"end must lie in \[0, 1\], got 2"),
        (Step, {"milestones": [0.5, 1.5]}, r"in \(0, 1\), got \[0.5, 1.5\]"),
        (Step, {"milestones": [0.5, 0.4]}, "ascending"),
        (Step, {"gamma": 0}, r"gamma must lie in \(0, 1\], got 0"),
    ],
)
def test_decays_refuse(decay, arguments, message):
    with pytest.raises(ValueError, match=message):
        decay(**arguments)


def test_formulas_at_their_ends():
    assert (Poly().factor(1), Cosine().factor(1), Constant().factor(1)) == (0, pytest.approx(0), 1)
    assert Cosine().factor(0.5) == pytest.approx(0.5)
    assert Poly(2).factor(0.5) == 0.25
    assert math.isclose(Step().factor(0.9), 0.01)
