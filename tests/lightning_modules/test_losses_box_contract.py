"""What holds for every loss on boxes, whatever it computes."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from lightning_modules import losses
from lightning_modules.losses import BoxLoss, CIoU
from tests.walk import subclasses

LOSSES = subclasses(BoxLoss)
every_loss = pytest.mark.parametrize("cls", LOSSES)
every_loss_on_boxes = pytest.mark.parametrize("cls", [cls for cls in LOSSES if cls.on == "boxes"])
every_loss_on_deltas = pytest.mark.parametrize("cls", [cls for cls in LOSSES if cls.on == "deltas"])

# One box against another: apart by much, zero wide, zero high, a point, twice the same, one in the other.
HARD_PAIRS = [
    ([0, 0, 10, 10], [9000, 9000, 9010, 9010]),
    ([5, 5, 5, 10], [0, 0, 10, 10]),
    ([5, 5, 10, 5], [0, 0, 10, 10]),
    ([5, 5, 5, 5], [0, 0, 10, 10]),
    ([0, 0, 10, 10], [5, 5, 5, 5]),
    ([5, 5, 5, 5], [5, 5, 5, 5]),
    ([5, 5, 5, 5], [6, 5, 6, 5]),
    ([0, 0, 10, 10], [0, 0, 10, 10]),
    ([4, 4, 6, 6], [0, 0, 10, 10]),
    ([0, 0, 1e-3, 1e4], [0, 0, 1e4, 1e-3]),
    ([0, 0, 10, 10], [10, 0, 20, 10]),
]


def boxes(count: int, seed: int) -> Tensor:
    corners = torch.rand(count, 2, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 100
    return torch.cat([corners.amin(1), corners.amax(1) + 1], dim=1)


@pytest.fixture
def pair() -> tuple[Tensor, Tensor]:
    """Pairs that overlap and pairs that do not."""
    target = boxes(40, seed=0)
    noise = torch.rand(20, 4, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    return torch.cat([target[:20] + noise, boxes(20, seed=1)]), target


def test_the_contract_sees_losses_of_both_kinds() -> None:
    assert {cls.__name__ for cls in LOSSES if cls.on == "deltas"} >= {"L1", "L2", "SmoothL1", "Huber", "BalancedL1"}
    assert {cls.__name__ for cls in LOSSES if cls.on == "boxes"} >= {"IoU", "GIoU", "DIoU", "CIoU"}
    assert {cls.__name__ for cls in LOSSES} <= set(losses.__all__)  # else short names do not resolve in YAML


@every_loss
def test_one_loss_a_box_in_any_order(cls: type[BoxLoss], pair: tuple[Tensor, Tensor]) -> None:
    predicted, target = pair
    values = cls()(predicted, target)
    assert values.shape == (40,)
    assert (values >= 0).all()
    order = torch.randperm(40, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(cls()(predicted[order], target[order]), values[order])
    torch.testing.assert_close(cls()(predicted[:1], target[:1]), values[:1])


@every_loss
def test_a_right_box_costs_nothing(cls: type[BoxLoss], pair: tuple[Tensor, Tensor]) -> None:
    _, target = pair
    torch.testing.assert_close(cls()(target, target), torch.zeros(40, dtype=torch.float64), rtol=0, atol=1e-7)


@every_loss
def test_gradient_is_that_of_the_value(cls: type[BoxLoss], pair: tuple[Tensor, Tensor]) -> None:
    if cls is CIoU:
        pytest.skip("the paper holds α constant: compared with torchvision's gradient instead")
    predicted, target = pair
    assert torch.autograd.gradcheck(lambda x: cls()(x, target), predicted.clone().requires_grad_())


@every_loss
def test_no_box_no_loss(cls: type[BoxLoss]) -> None:
    predicted = torch.zeros(0, 4, requires_grad=True)
    values = cls()(predicted, torch.zeros(0, 4))
    assert values.shape == (0,)
    assert values.sum() == 0
    values.sum().backward()
    assert predicted.grad is not None


@every_loss
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_hard_pairs_are_finite(cls: type[BoxLoss], dtype: torch.dtype) -> None:
    predicted, target = (torch.tensor(side, dtype=dtype) for side in zip(*HARD_PAIRS, strict=True))
    predicted.requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        values = cls()(predicted, target)
    assert values.dtype == torch.float32
    assert values.isfinite().all()
    values.sum().backward()
    assert predicted.grad is not None
    assert predicted.grad.float().isfinite().all() or dtype == torch.float16  # the gradient itself may overflow


@every_loss_on_deltas
@pytest.mark.parametrize("size", [1e-6, 1e4])
def test_extreme_deltas_are_finite(cls: type[BoxLoss], size: float) -> None:
    predicted = torch.tensor([[size, -size, size, -size]]).to(torch.float16).requires_grad_()
    values = cls()(predicted, -predicted.detach())
    assert values.isfinite().all()
    (gradient,) = torch.autograd.grad(values.sum(), predicted)
    assert gradient.isfinite().all()
    assert (gradient * predicted >= 0).all()


@every_loss_on_deltas
def test_deltas_are_summed_and_even(cls: type[BoxLoss], pair: tuple[Tensor, Tensor]) -> None:
    predicted, target = (side / 30 for side in pair)
    one_by_one = [cls()(F.pad(predicted[:, i : i + 1], (0, 3)), F.pad(target[:, i : i + 1], (0, 3))) for i in range(4)]
    torch.testing.assert_close(torch.stack(one_by_one).sum(0), cls()(predicted, target))
    torch.testing.assert_close(cls()(-predicted, -target), cls()(predicted, target))


@every_loss_on_boxes
def test_losses_on_boxes_know_no_place_and_no_scale(cls: type[BoxLoss], pair: tuple[Tensor, Tensor]) -> None:
    predicted, target = pair
    expected = cls()(predicted, target)
    torch.testing.assert_close(cls()(predicted * 7 + 300, target * 7 + 300), expected)
    mirrored = [1, 0, 3, 2]
    torch.testing.assert_close(cls()(predicted[:, mirrored], target[:, mirrored]), expected)
    if cls is not CIoU:
        torch.testing.assert_close(cls()(target, predicted), expected)
