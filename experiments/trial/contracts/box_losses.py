"""The contract of every loss on boxes, whatever it computes."""

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from lightning_modules.losses import BoxLoss, CIoU

Make: TypeAlias = Callable[[], BoxLoss]
COUNT = 40
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


def _boxes(count: int, seed: int) -> Tensor:
    corners = torch.rand(count, 2, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 100
    return torch.cat([corners.amin(1), corners.amax(1) + 1], dim=1)


def made_pairs() -> tuple[Tensor, Tensor]:
    """Pairs that overlap and pairs that do not; in float64."""
    target = _boxes(COUNT, seed=0)
    noise = torch.rand(COUNT // 2, 4, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    return torch.cat([target[: COUNT // 2] + noise, _boxes(COUNT // 2, seed=1)]), target


def each_box_has_a_loss_of_its_own(make: Make) -> None:
    """There is one loss a box, not below 0, whatever the others are and in whichever order they come."""
    predicted, target = made_pairs()
    values = make()(predicted, target)
    assert values.shape == (COUNT,), f"for {COUNT} boxes it has the shape {tuple(values.shape)}"
    assert (values >= 0).all(), f"a loss of {values.min().item():g}"
    order = torch.randperm(COUNT, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(make()(predicted[order], target[order]), values[order])
    torch.testing.assert_close(make()(predicted[:1], target[:1]), values[:1])


def a_right_box_costs_nothing(make: Make) -> None:
    """A box on its target has a loss of 0."""
    _, target = made_pairs()
    torch.testing.assert_close(make()(target, target), torch.zeros(COUNT, dtype=torch.float64), rtol=0, atol=1e-7)


def gradient_is_that_of_the_value(make: Make) -> None:
    """Its gradient is that of finite differences."""
    loss, (predicted, target) = make(), made_pairs()
    if isinstance(loss, CIoU):
        return  # the paper holds α constant: it is compared with torchvision's gradient instead
    assert torch.autograd.gradcheck(lambda x: loss(x, target), predicted.clone().requires_grad_())


def no_box_no_loss(make: Make) -> None:
    """Without boxes there is no loss, and a gradient that a step can take."""
    predicted = torch.zeros(0, 4, requires_grad=True)
    values = make()(predicted, torch.zeros(0, 4))
    assert values.shape == (0,), f"for no box it has the shape {tuple(values.shape)}"
    values.sum().backward()
    assert predicted.grad is not None, "the boxes got no gradient"


def hard_pairs_are_finite(make: Make) -> None:
    """Value and gradient are finite for boxes without area, far apart or alike, summed in float32."""
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        predicted, target = (torch.tensor(side, dtype=dtype) for side in zip(*HARD_PAIRS, strict=True))
        predicted.requires_grad_()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            values = make()(predicted, target)
        assert values.dtype == torch.float32, f"the loss of boxes in {dtype} is in {values.dtype}"
        assert values.isfinite().all(), f"{values.tolist()} in {dtype}"
        (gradient,) = torch.autograd.grad(values.sum(), predicted)
        assert gradient.float().isfinite().all() or dtype == torch.float16, f"the gradient is not finite in {dtype}"


def boxes_are_only_read(make: Make) -> None:
    """Boxes are not changed in place."""
    pairs, before = made_pairs(), made_pairs()
    make()(*pairs)
    torch.testing.assert_close(pairs, before, rtol=0, atol=0)


CONTRACT: tuple[Callable[[Make], None], ...] = (
    each_box_has_a_loss_of_its_own,
    a_right_box_costs_nothing,
    gradient_is_that_of_the_value,
    no_box_no_loss,
    hard_pairs_are_finite,
    boxes_are_only_read,
)
