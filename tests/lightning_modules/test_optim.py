"""Warmup and decays against their formulas and against torch's."""

import math
from itertools import pairwise

import pytest
import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    PolynomialLR,
    SequentialLR,
    StepLR,
)

from lightning_modules.optim import (
    WSD,
    Constant,
    Cosine,
    CosineRestarts,
    Decay,
    Exponential,
    MultiStep,
    OneCycle,
    Plateau,
    Poly,
    Step,
    Warmup,
)
from tests.lightning_modules.rates import STEPS, optimizer, rates
from tests.walk import subclasses


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


def test_multi_step_is_torchs():
    ours = rates(Warmup(optimizer(), STEPS, decay=MultiStep([0.5, 0.8], gamma=0.2)))
    assert ours == pytest.approx(rates(MultiStepLR(optimizer(), [25, 40], gamma=0.2)), abs=1e-12)


@pytest.mark.parametrize(("pieces", "length"), [(7, 7), (22, 1)])  # 15 / 22 · 22 is below 15
def test_step_is_torchs(pieces, length):
    ours = rates(Warmup(optimizer(), pieces * length, decay=Step(pieces, gamma=0.8)), pieces * length)
    theirs = StepLR(optimizer(), length, gamma=0.8)
    assert ours == pytest.approx(rates(theirs, pieces * length), abs=1e-12)


def test_exponential_is_torchs():
    ours = rates(Warmup(optimizer(), STEPS, decay=Exponential(end=0.01)))
    assert ours == pytest.approx(rates(ExponentialLR(optimizer(), gamma=0.01 ** (1 / STEPS))), abs=1e-12)


@pytest.mark.parametrize(("first", "growth", "cycles"), [(7, 2, 3), (7, 1, 7), (1, 3, 4), (40, 5, 1)])
def test_cosine_restarts_is_torchs(first, growth, cycles):
    steps = sum(first * growth**i for i in range(cycles))
    ours = rates(Warmup(optimizer(), steps, decay=CosineRestarts(cycles, growth, end=0.1)), steps)
    theirs = CosineAnnealingWarmRestarts(optimizer(), first, growth, eta_min=0.05)
    assert ours == pytest.approx(rates(theirs, steps), abs=1e-12)


def test_wsd_is_torchs_constant_then_linear():
    ours = rates(Warmup(optimizer(), STEPS, length=5, shape="constant", decay=WSD(2 / 9, "linear", end=0.1)))
    theirs = optimizer()
    parts = [
        ConstantLR(theirs, 0.1, total_iters=5),
        ConstantLR(theirs, 1.0),
        LinearLR(theirs, 1.0, 0.1, total_iters=10),
    ]
    assert ours == pytest.approx(rates(SequentialLR(theirs, parts, [5, 40])), abs=1e-12)


def test_wsd_falls_by_a_root():
    assert [WSD(0.4).factor(p) for p in (0, 0.6, 0.7, 1)] == pytest.approx([1, 1, 0.5, 0], abs=1e-6)


def test_a_share_is_a_share_of_the_run():
    assert rates(Warmup(optimizer(), STEPS, length=0.2)) == rates(Warmup(optimizer(), STEPS, length=10))


@pytest.mark.parametrize("shape", ["constant", "linear", "exponential"])
@pytest.mark.parametrize("decay", subclasses(Decay), ids=lambda c: c.__name__)
def test_every_decay_behind_every_warmup_starts_full_and_stays_in_range(decay, shape):
    ours = rates(Warmup(optimizer(), STEPS, length=7, shape=shape, start=0.1, decay=decay()))
    assert ours[0] == pytest.approx(0.05)
    assert ours[7] == pytest.approx(0.5)
    assert all(0 <= rate <= 0.5 for rate in ours)
    if decay is not CosineRestarts:
        assert all(a >= b for a, b in pairwise(ours[7:]))


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
        (MultiStep, {"milestones": [0.5, 1.5]}, r"in \(0, 1\), got \[0.5, 1.5\]"),
        (MultiStep, {"milestones": [0.5, 0.4]}, "ascending"),
        (MultiStep, {"gamma": 0}, r"MultiStep: gamma must lie in \(0, 1\], got 0"),
        (Step, {"gamma": 2}, r"Step: gamma must lie in \(0, 1\], got 2"),
        (Step, {"steps": 1}, "steps must be at least 2, got 1"),
        (Exponential, {"end": 0}, r"end must lie in \(0, 1\], got 0"),
        (CosineRestarts, {"cycles": 0}, "at least 1, and finite, got 0 and 2"),
        (
            CosineRestarts,
            {"cycles": 2000},
            r"2000 cycles, each 2\.0 times .* less than a billionth of the run; use fewer",
        ),
        (CosineRestarts, {"end": -1}, r"CosineRestarts: end must lie in \[0, 1\], got -1"),
        (WSD, {"decay": 0}, r"decay must lie in \(0, 1\], got 0"),
        (WSD, {"end": 2}, r"end must lie in \[0, 1\], got 2"),
    ],
)
def test_decays_refuse(decay, arguments, message):
    with pytest.raises(ValueError, match=message):
        decay(**arguments)


@pytest.mark.parametrize(
    ("schedule", "arguments", "message"),
    [
        (OneCycle, {"rise": 1}, r"rise must lie in \(0, 1\), first and last in \(0, 1\], got 1, 0.04"),
        (OneCycle, {"momentum": (0.9, 1.1)}, r"two numbers in \[0, 1\), got \(0.9, 1.1\)"),
        (Plateau, {"gamma": 1}, r"gamma must lie in \(0, 1\) and end in \[0, 1\), got 1 and 0.0"),
        (Plateau, {"patience": -1}, "Plateau: patience must not be negative, got -1"),
        (Plateau, {"length": 50}, "Plateau: a warmup of 50 steps does not fit into a run of 50"),
    ],
)
def test_schedules_refuse(schedule, arguments, message):
    with pytest.raises(ValueError, match=message):
        schedule(SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5), STEPS, **arguments)


def test_formulas_at_their_ends():
    assert (Poly().factor(1), Cosine().factor(1), Constant().factor(1)) == (0, pytest.approx(0), 1)
    assert Cosine().factor(0.5) == pytest.approx(0.5)
    assert Poly(2).factor(0.5) == 0.25
    assert math.isclose(MultiStep().factor(0.9), 0.01)
    assert Step(3).factor(1) == pytest.approx(0.01)
    assert CosineRestarts(end=0.2).factor(1) == pytest.approx(0.2)
