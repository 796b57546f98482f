"""Losses on boxes, each against torch, torchvision or by hand."""

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.ops import box_iou, complete_box_iou_loss, distance_box_iou_loss, generalized_box_iou_loss

from lightning_modules.losses import L1, L2, BalancedL1, BoxLoss, CIoU, DIoU, GIoU, Huber, IoU, SmoothL1


def boxes(count: int, seed: int) -> Tensor:
    corners = torch.rand(count, 2, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 100
    return torch.cat([corners.amin(1), corners.amax(1) + 1], dim=1)


@pytest.fixture
def pair() -> tuple[Tensor, Tensor]:
    """Pairs that overlap and pairs that do not."""
    target = boxes(40, seed=0)
    noise = torch.rand(20, 4, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    return torch.cat([target[:20] + noise, boxes(20, seed=1)]), target


def of(loss: BoxLoss, predicted: list[float], target: list[float]) -> float:
    return float(loss(torch.tensor([predicted]), torch.tensor([target])))


def deltas(loss: BoxLoss, *x: float) -> list[float]:
    errors = torch.tensor([[value, 0, 0, 0] for value in x])
    return loss(errors, torch.zeros_like(errors)).tolist()


def test_l1_and_l2_by_hand() -> None:
    assert of(L1(), [1, -2, 3, 0.5], [0, 0, 0, 0]) == pytest.approx(6.5)
    assert of(L2(), [1, -2, 3, 0.5], [0, 0, 0, 0]) == pytest.approx(14.25)


@pytest.mark.parametrize("beta", [1 / 9, 1.0, 3.0])
def test_smooth_l1(beta: float, pair: tuple[Tensor, Tensor]) -> None:
    """Girshick 2015, eq. 3, on both sides of β; and torch's."""
    assert deltas(SmoothL1(beta), 0.5 * beta, -4 * beta) == pytest.approx([0.125 * beta, 3.5 * beta])
    predicted, target = (side / 30 for side in pair)
    expected = F.smooth_l1_loss(predicted, target, beta=beta, reduction="sum")
    torch.testing.assert_close(SmoothL1(beta)(predicted, target).sum(), expected)
    torch.testing.assert_close(Huber(beta)(predicted, target), beta * SmoothL1(beta)(predicted, target))


def test_smooth_l1_and_huber_reach_from_l1_to_l2(pair: tuple[Tensor, Tensor]) -> None:
    torch.testing.assert_close(SmoothL1(1e-9)(*pair), L1()(*pair))
    torch.testing.assert_close(2 * Huber(1e6)(*pair), L2()(*pair))


@pytest.mark.parametrize(("alpha", "gamma"), [(0.5, 1.5), (0.2, 1.0), (1.0, 80.0)])
def test_balanced_l1(alpha: float, gamma: float) -> None:
    """Pang et al. 2019: eq. 6 with the constant that makes it continuous, and its gradient, eq. 5."""
    loss, b = BalancedL1(alpha, gamma), math.exp(gamma / alpha) - 1
    inside = alpha / b * (b * 0.4 + 1) * math.log(b * 0.4 + 1) - alpha * 0.4
    outside = gamma * 2.5 + gamma / b - alpha
    assert deltas(loss, 0.4, -2.5) == pytest.approx([inside, outside], rel=1e-5)
    x = torch.tensor([0.0, 0.1, 0.999, 1.0, 1.001, 9.0], dtype=torch.float64).unsqueeze(1).requires_grad_()
    (slope,) = torch.autograd.grad(loss(x, torch.zeros_like(x)).sum(), x)
    promoted = (alpha * torch.log1p(b * x.detach())).where(x < 1, gamma)
    torch.testing.assert_close(slope, promoted)


def test_losses_on_boxes_by_hand() -> None:
    """Squares of side 2 that share a corner of side 1: IoU 1/7, box around both 9, ρ² = 2, c² = 18."""
    one, other = [0.0, 0.0, 2.0, 2.0], [1.0, 1.0, 3.0, 3.0]
    assert of(IoU(), one, other) == pytest.approx(6 / 7)
    assert of(GIoU(), one, other) == pytest.approx(6 / 7 + 2 / 9)
    assert of(DIoU(), one, other) == pytest.approx(6 / 7 + 1 / 9)
    assert of(CIoU(), one, other) == pytest.approx(6 / 7 + 1 / 9)
    # Unit squares one apart: no overlap, box around both 3 × 1, ρ = 2.
    one, other = [0.0, 0.0, 1.0, 1.0], [2.0, 0.0, 3.0, 1.0]
    assert of(IoU(), one, other) == pytest.approx(1)
    assert of(GIoU(), one, other) == pytest.approx(1 + 1 / 3)
    assert of(DIoU(), one, other) == pytest.approx(1 + 4 / 10)


def test_ciou_minds_the_aspect_ratio() -> None:
    """Zheng et al. 2020, eq. 8 to 11: 2 × 1 against 1 × 2 around the same centre."""
    wide, high = [-1.0, -0.5, 1.0, 0.5], [-0.5, -1.0, 0.5, 1.0]
    v = 4 / math.pi**2 * (math.atan(0.5) - math.atan(2)) ** 2
    overlap = 1 / 3
    expected = 1 - overlap + v * v / (1 - overlap + v)
    assert of(CIoU(), wide, high) == pytest.approx(expected, rel=1e-5)
    assert of(DIoU(), wide, high) == pytest.approx(1 - overlap, rel=1e-5)


def test_iou_is_the_diagonal_of_torchvision_s(pair: tuple[Tensor, Tensor]) -> None:
    torch.testing.assert_close(IoU()(*pair), 1 - box_iou(*pair).diagonal())


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(GIoU(), generalized_box_iou_loss), (DIoU(), distance_box_iou_loss), (CIoU(), complete_box_iou_loss)],
)
def test_losses_on_boxes_are_torchvision_s(
    ours: BoxLoss, theirs: Callable[[Tensor, Tensor], Tensor], pair: tuple[Tensor, Tensor]
) -> None:
    predicted, target = pair
    predicted = predicted.requires_grad_()
    torch.testing.assert_close(ours(predicted, target), theirs(predicted, target))
    gradients = [torch.autograd.grad(f(predicted, target).sum(), predicted)[0] for f in (ours, theirs)]
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize("cls", [GIoU, DIoU, CIoU])
def test_boxes_apart_are_drawn_together(cls: type[BoxLoss]) -> None:
    """What plain IoU cannot do: tell the far from the near while nothing overlaps."""
    target = torch.tensor([[40.0, 25.0, 52.0, 33.0]]).expand(30, 4)
    shifts = torch.linspace(0, 20, 30).unsqueeze(1)
    predicted = torch.tensor([[0.0, 0.0, 10.0, 10.0]]) + shifts
    assert (IoU()(predicted, target) == 1).all()
    assert (cls()(predicted, target).diff() < -1e-3).all()


@pytest.mark.parametrize(
    ("cls", "arguments", "message"),
    [
        (SmoothL1, {"beta": 0.0}, r"SmoothL1: beta must be positive and finite \(L1 is the limit at 0\), got 0.0"),
        (Huber, {"delta": -1.0}, "Huber: delta must be positive, got -1.0"),
        (
            BalancedL1,
            {"alpha": 0.0},
            "BalancedL1: alpha must be positive, got 0.0",
        ),
        (
            BalancedL1,
            {"alpha": 0.01, "gamma": 1.0},
            "BalancedL1: gamma / alpha must be at most 80, got 1.0 / 0.01",
        ),
    ],
)
def test_arguments_are_checked(cls: type[BoxLoss], arguments: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        cls(**arguments)
