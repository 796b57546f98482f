"""What holds for every loss on boxes, whatever it computes."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from experiments.trial.contracts.box_losses import CONTRACT, made_pairs
from lightning_modules import losses
from lightning_modules.losses import BoxLoss, CIoU
from tests.walk import subclasses

LOSSES = subclasses(BoxLoss)
every_loss = pytest.mark.parametrize("cls", LOSSES)
every_loss_on_boxes = pytest.mark.parametrize("cls", [cls for cls in LOSSES if cls.on == "boxes"])
every_loss_on_deltas = pytest.mark.parametrize("cls", [cls for cls in LOSSES if cls.on == "deltas"])


@pytest.fixture
def pair() -> tuple[Tensor, Tensor]:
    return made_pairs()


def test_the_contract_sees_losses_of_both_kinds() -> None:
    assert {cls.__name__ for cls in LOSSES if cls.on == "deltas"} >= {"L1", "L2", "SmoothL1", "Huber", "BalancedL1"}
    assert {cls.__name__ for cls in LOSSES if cls.on == "boxes"} >= {"IoU", "GIoU", "DIoU", "CIoU"}
    assert {cls.__name__ for cls in LOSSES} <= set(losses.__all__)  # else short names do not resolve in YAML


@every_loss
@pytest.mark.parametrize("holds", CONTRACT, ids=lambda holds: holds.__name__)
def test_contract(cls: type[BoxLoss], holds: Callable[[Callable[[], BoxLoss]], None]) -> None:
    holds(cls)


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
