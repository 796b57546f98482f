"""Distances of FCOS are positive, and learn from a bad start."""

import pytest
import torch
from torch import Tensor

from lightning_modules.heads import FCOSHead, fcos
from lightning_modules.layers import Level
from lightning_modules.losses import GIoU


def test_distances_are_positive_and_one_stride_at_zero() -> None:
    x = torch.linspace(-1e6, 1e6, 10001, dtype=torch.float64, requires_grad=True)
    y = fcos.positive(x)
    assert (y > 0).all()
    assert fcos.positive(torch.zeros(1)).item() == 1
    y.sum().backward()
    assert x.grad is not None
    assert (x.grad > 0).all()
    assert (x.grad <= 1).all()
    assert (y.diff() > 0).all()


def test_the_map_has_the_slope_of_its_formula() -> None:
    x = torch.linspace(-6, 6, 25, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(fcos.positive, x)


def test_boxes_have_a_sensible_area_at_the_start() -> None:
    head = FCOSHead([Level(8, 8)], 3, False, channels=8, depth=1)
    deltas = head([torch.randn(1, 8, 6, 6)]).deltas
    assert ((deltas > 0.5) & (deltas < 2)).all()  # strides


def learned(start: float, steps: int = 300) -> float:
    """The mean GIoU loss of boxes 4 strides to each side, after some steps of a head that starts with this bias."""
    torch.manual_seed(0)
    head = FCOSHead([Level(8, 8)], 3, False, channels=8, depth=1)
    torch.nn.init.constant_(head.regress.conv.bias, start)  # type: ignore[arg-type]
    maps, target = [torch.randn(1, 8, 6, 6)], torch.full((1, 36, 4), 4.0)
    optimizer = torch.optim.AdamW(head.parameters(), lr=0.02)
    loss = torch.tensor(0.0)
    for _ in range(steps):
        loss = _loss(head(maps).deltas.squeeze(2), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


def _loss(found: Tensor, target: Tensor) -> Tensor:
    corners = [torch.cat([-each[..., :2], each[..., 2:]], -1).flatten(0, -2) for each in (found, target)]
    return GIoU()(*corners).mean()


@pytest.mark.parametrize("start", [-5.0, 0.0])
def test_it_learns_from_a_bad_start(start: float) -> None:
    assert learned(start) < 0.1


def test_behind_a_relu_it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcos, "positive", torch.relu)
    assert learned(-5.0) > 0.9
