"""The contract of every loss on classes, whatever it computes."""

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from experiments.trial.contracts.cases import refusal
from lightning_modules.losses import PixelLoss

CLASSES, IGNORED = 4, 255
Make: TypeAlias = Callable[[], PixelLoss]


def made_batch() -> tuple[Tensor, Tensor]:
    """Logits that are neither sure nor flat, all classes, a fifth of the pixels ignored; in float64."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, CLASSES, 5, 6, generator=generator, dtype=torch.float64) * 2
    target = torch.randint(CLASSES, (3, 5, 6), generator=generator)
    target[torch.rand(target.shape, generator=generator) < 0.2] = IGNORED
    return logits, target


def value_and_gradient(loss: PixelLoss, logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """The loss, and its gradient by the logits."""
    logits = logits.detach().clone().requires_grad_()
    value = loss(logits, target)
    value.backward()
    assert logits.grad is not None, "the logits got no gradient"
    return value.detach(), logits.grad


def gradient_is_that_of_the_value(make: Make) -> None:
    """The loss is a scalar, and its gradient that of finite differences."""
    loss, (logits, target) = make(), made_batch()
    assert loss(logits, target).shape == (), f"it must be a scalar, got {tuple(loss(logits, target).shape)}"
    assert torch.autograd.gradcheck(lambda x: loss(x, target[:1]), logits[:1].requires_grad_())


def extreme_logits_are_finite(make: Make) -> None:
    """Value and gradient are finite and not negative for logits of 1e-4 and 1e4, in half precision too."""
    target = torch.arange(CLASSES).repeat(2, 8, 1)
    right = torch.nn.functional.one_hot(target, CLASSES).movedim(-1, 1) * 2.0 - 1
    patterns = (right, -right, torch.ones_like(right), -torch.ones_like(right), right.roll(1, dims=-1))
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        for logits in (pattern * size for size in (1e-4, 1e4) for pattern in patterns):
            value, gradient = value_and_gradient(make(), logits.to(dtype), target)
            assert value.isfinite(), f"{value.item()} for logits up to {logits.max():g} in {dtype}"
            assert value >= 0, f"{value.item()} for logits up to {logits.max():g} in {dtype}"
            assert gradient.isfinite().all(), f"a gradient that is not finite for logits up to {logits.max():g}"


def ignored_pixels_have_no_say(make: Make) -> None:
    """Ignored pixels change neither value nor gradient."""
    loss, (logits, target) = make(), made_batch()
    ignored = (target == IGNORED).unsqueeze(1).expand_as(logits)
    value, gradient = value_and_gradient(loss, logits, target)
    assert (gradient[ignored] == 0).all(), "ignored pixels get a gradient"
    assert (gradient[~ignored] != 0).any(), "no pixel gets a gradient"
    torch.testing.assert_close(loss(logits.where(~ignored, 1e4), target), value)


def ignored_pixels_may_as_well_be_absent(make: Make) -> None:
    """A batch without its ignored pixels has the same loss."""
    loss, (logits, target) = make(), made_batch()
    counted = target != IGNORED
    kept = logits.movedim(1, -1)[counted].T.reshape(1, CLASSES, 1, -1)
    torch.testing.assert_close(loss(kept, target[counted].reshape(1, 1, -1)), loss(logits, target))


def no_pixel_no_loss(make: Make) -> None:
    """A batch in which nothing counts has a loss and a gradient of 0."""
    for shape in ((2, 3, 3), (1, 1, 1), (0, 3, 3)):
        logits = torch.randn(shape[0], CLASSES, *shape[1:])
        value, gradient = value_and_gradient(make(), logits, torch.full(shape, IGNORED))
        assert value == 0, f"{value.item()} for a batch of {shape} without a label"
        assert (gradient == 0).all(), f"a gradient for a batch of {shape} without a label"


def order_of_pixels_and_images_does_not_matter(make: Make) -> None:
    """Pixels and images may come in any order."""
    loss, (logits, target) = make(), made_batch()
    order = torch.randperm(target.numel(), generator=torch.Generator().manual_seed(1))
    shuffled = logits.movedim(1, -1).reshape(-1, CLASSES)[order].reshape(*target.shape, CLASSES).movedim(-1, 1)
    value = loss(shuffled, target.flatten()[order].reshape(target.shape))
    torch.testing.assert_close(value, loss(logits, target))
    columns = loss(logits.transpose(2, 3).contiguous(), target.transpose(1, 2).contiguous())
    torch.testing.assert_close(columns, loss(logits, target))


def memory_layout_does_not_matter(make: Make) -> None:
    """In the memory format channels_last value and gradient are the same."""
    loss, (logits, target) = make(), made_batch()
    expected = value_and_gradient(loss, logits, target)
    found = value_and_gradient(loss, logits.contiguous(memory_format=torch.channels_last), target)
    torch.testing.assert_close(found, expected)


def half_precision_is_summed_in_full(make: Make) -> None:
    """Logits in half precision are summed in float32."""
    loss, target = make(), torch.arange(CLASSES).repeat(2, 64, 16)
    whole = torch.randn(2, CLASSES, 64, 64, generator=torch.Generator().manual_seed(0))
    for dtype in (torch.float16, torch.bfloat16):
        logits = whole.to(dtype)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            value, gradient = value_and_gradient(loss, logits, target)
        assert (value.dtype, gradient.dtype) == (torch.float32, dtype)
        torch.testing.assert_close(value, loss(logits.float(), target))


def labels_are_only_read(make: Make) -> None:
    """Logits and labels are not changed in place."""
    logits, target = made_batch()
    before = logits.clone(), target.clone()
    make()(logits, target)
    torch.testing.assert_close((logits, target), before, rtol=0, atol=0)


def a_class_cannot_be_ignored(make: Make) -> None:
    """`check` refuses an ignore_index that is one of the labels."""
    loss = make()
    loss.check(CLASSES)
    for part in loss.modules():
        if isinstance(part, PixelLoss):
            part.ignore_index = CLASSES - 1
    said = refusal(lambda: loss.check(CLASSES))
    assert "ignore_index must lie outside the labels 0 … 3, got 3" in said, said or "it took a label for ignore_index"


CONTRACT: tuple[Callable[[Make], None], ...] = (
    gradient_is_that_of_the_value,
    extreme_logits_are_finite,
    ignored_pixels_have_no_say,
    ignored_pixels_may_as_well_be_absent,
    no_pixel_no_loss,
    order_of_pixels_and_images_does_not_matter,
    memory_layout_does_not_matter,
    half_precision_is_summed_in_full,
    labels_are_only_read,
    a_class_cannot_be_ignored,
)
