"""Schedules against their formulas and against torch's."""

import math
from itertools import pairwise

import pytest
import torch
from torch.optim import SGD, Adagrad
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    ReduceLROnPlateau,
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


def test_multi_step_is_torchs():
    ours = rates(Warmup(optimizer(), STEPS, decay=MultiStep([0.5, 0.8], gamma=0.2)))
    assert ours == pytest.approx(rates(MultiStepLR(optimizer(), [25, 40], gamma=0.2)), abs=1e-12)


def test_step_is_torchs():
    ours = rates(Warmup(optimizer(), 49, decay=Step(7, gamma=0.5)), 49)
    assert ours == pytest.approx(rates(StepLR(optimizer(), 7, gamma=0.5), 49), abs=1e-12)


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


LOSSES = [3.0, 2.0, 2.1, 2.2, 1.99, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.5, 1.5, 1.5, 1.5, 1.5]


def test_plateau_is_torchs():
    ours = Plateau(optimizer(), len(LOSSES), gamma=0.5, patience=1, cooldown=1, end=0.01)
    theirs = ReduceLROnPlateau(optimizer(), factor=0.5, patience=1, cooldown=1, min_lr=0.005)
    for loss in LOSSES:
        ours.optimizer.step()
        ours.step()
        ours.observe({"val/loss": loss})
        theirs.step(loss)
        assert ours.optimizer.param_groups[0]["lr"] == pytest.approx(theirs.optimizer.param_groups[0]["lr"])
    assert ours.get_last_lr()[0] < 0.1


def test_plateau_warms_up_first_and_keeps_each_groups_rate():
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (0.1, 1.0)]
    plateau = Plateau(SGD(groups), 20, length=4, start=0.2, gamma=0.5, patience=0, mode="max", monitor="val/miou")
    seen = []
    for miou in (0.5, 0.5, 0.6, 0.6, 0.6, 0.7):
        seen.append(plateau.get_last_lr())
        plateau.optimizer.step()
        plateau.step()
        plateau.observe({"val/miou": torch.tensor(miou)})
    # Three of six validations saw no rise; what was reduced during the warmup shows after it.
    assert [rate for rate, _ in seen] == pytest.approx([0.02, 0.04, 0.06, 0.08, 0.025, 0.0125])
    assert [large / small for small, large in seen] == pytest.approx([10] * 6)


def test_a_resumed_plateau_goes_on():
    def run(schedule, losses):
        for loss in losses:
            schedule.optimizer.step()
            schedule.step()
            schedule.observe({"val/loss": loss})
            yield schedule.get_last_lr()[0]

    whole = list(run(Plateau(optimizer(), 16, length=3, patience=1), LOSSES))
    first = Plateau(optimizer(), 16, length=3, patience=1)
    half = list(run(first, LOSSES[:8]))
    second = Plateau(optimizer(), 16, length=3, patience=1)
    second.optimizer.load_state_dict(first.optimizer.state_dict())
    second.load_state_dict(first.state_dict())
    assert half + list(run(second, LOSSES[8:])) == whole


def test_plateau_names_the_metrics_that_there_are():
    with pytest.raises(ValueError, match="no metric 'val/mIoU' was logged; there are val/loss, val/miou"):
        Plateau(optimizer(), 10, monitor="val/mIoU").observe({"val/miou": 0, "val/loss": 1})


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
        (CosineRestarts, {"cycles": 0}, "cycles and growth must be at least 1, got 0 and 2"),
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
        (Plateau, {"patience": -1}, "patience, threshold and cooldown must not be negative, got -1, 0.0001 and 0"),
        (Plateau, {"length": 50}, "Plateau: a warmup of 50 steps does not fit into a run of 50"),
    ],
)
def test_schedules_refuse(schedule, arguments, message):
    with pytest.raises(ValueError, match=message):
        schedule(SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5), STEPS, **arguments)


@pytest.mark.parametrize("steps", [2, 3, 4, 10])
def test_one_cycle_fits_into_any_run(steps):
    ours = rates(OneCycle(optimizer(), steps, rise=0.1, first=0.1, last=0.01, momentum=None), steps)
    assert (ours[0], ours[-1]) == pytest.approx((0.05, 0.005))


def test_one_cycle_needs_a_momentum_to_move():
    with pytest.raises(ValueError, match="must support momentum"):
        OneCycle(Adagrad([torch.nn.Parameter(torch.zeros(1))]), STEPS)
    OneCycle(Adagrad([torch.nn.Parameter(torch.zeros(1))]), STEPS, momentum=None)


def test_formulas_at_their_ends():
    assert (Poly().factor(1), Cosine().factor(1), Constant().factor(1)) == (0, pytest.approx(0), 1)
    assert Cosine().factor(0.5) == pytest.approx(0.5)
    assert Poly(2).factor(0.5) == 0.25
    assert math.isclose(MultiStep().factor(0.9), 0.01)
    assert Step(3).factor(1) == pytest.approx(0.01)
    assert CosineRestarts(end=0.2).factor(1) == pytest.approx(0.2)
