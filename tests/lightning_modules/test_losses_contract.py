"""What holds for every pixel loss, whatever it computes."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lightning_modules import losses
from lightning_modules.losses import (
    OHEM,
    ClassificationLoss,
    CrossEntropy,
    Dice,
    Focal,
    PixelLoss,
    SigmoidFocal,
    Tversky,
    WeightedSum,
)
from tests.walk import subclasses

CLASSES, IGNORED = 4, 255
ABSTRACT = {ClassificationLoss}
ARGUMENTS: dict[type[PixelLoss], Callable[[], PixelLoss]] = {
    WeightedSum: lambda: WeightedSum([CrossEntropy(), Dice()], weights=[1, 0.5]),
}
VARIANTS: dict[str, Callable[[], PixelLoss]] = {
    "CrossEntropy smoothed": lambda: CrossEntropy(label_smoothing=0.1),
    "CrossEntropy weighted": lambda: CrossEntropy(class_weights=[1, 2, 0, 0.5], label_smoothing=0.1),
    "Focal of slope ∞ at 0": lambda: Focal(gamma=0.5, class_weights=[1, 2, 3, 0.5]),
    "SigmoidFocal of slope ∞ at 0": lambda: SigmoidFocal(gamma=0.5, alpha=0.9),
    "OHEM weighted": lambda: OHEM(class_weights=[1, 2, 3, 0.5], min_kept=0.5),
    "Dice unsmoothed": lambda: Dice(smooth=0),
    "Tversky without misses": lambda: Tversky(alpha=1, beta=0, smooth=0),
}
DEFAULTS = {cls.__name__: ARGUMENTS.get(cls, cls) for cls in subclasses(PixelLoss) if cls not in ABSTRACT}
ALL = DEFAULTS | VARIANTS
every_loss = pytest.mark.parametrize("make", ALL.values(), ids=ALL.keys())
every_default_loss = pytest.mark.parametrize("make", DEFAULTS.values(), ids=DEFAULTS.keys())


@pytest.fixture
def batch() -> tuple[Tensor, Tensor]:
    """Logits that are neither sure nor flat, all classes, a fifth of the pixels ignored."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, CLASSES, 5, 6, generator=generator, dtype=torch.float64) * 2
    target = torch.randint(CLASSES, (3, 5, 6), generator=generator)
    target[torch.rand(target.shape, generator=generator) < 0.2] = IGNORED
    return logits, target


def value_and_gradient(loss: PixelLoss, logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    logits = logits.detach().clone().requires_grad_()
    value = loss(logits, target)
    value.backward()
    assert logits.grad is not None
    return value.detach(), logits.grad


def test_the_contract_sees_losses_of_every_kind() -> None:
    assert DEFAULTS.keys() >= {"CrossEntropy", "SigmoidFocal", "OHEM", "Dice", "LovaszSoftmax", "WeightedSum"}


def test_every_loss_is_exported() -> None:
    """Else its short name does not resolve in YAML."""
    assert DEFAULTS.keys() <= set(losses.__all__)


@every_loss
def test_gradient_is_that_of_the_value(make: Callable[[], PixelLoss], batch: tuple[Tensor, Tensor]) -> None:
    loss, (logits, target) = make(), batch
    assert loss(logits, target).shape == ()
    assert torch.autograd.gradcheck(lambda x: loss(x, target[:1]), logits[:1].requires_grad_())


@every_loss
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("size", [1e-4, 1e4])
def test_extreme_logits_are_finite(make: Callable[[], PixelLoss], dtype: torch.dtype, size: float) -> None:
    target = torch.arange(CLASSES).repeat(2, 8, 1)
    right = torch.nn.functional.one_hot(target, CLASSES).movedim(-1, 1) * 2.0 - 1
    for pattern in (right, -right, torch.ones_like(right), -torch.ones_like(right), right.roll(1, dims=-1)):
        value, gradient = value_and_gradient(make(), (pattern * size).to(dtype), target)
        assert value.isfinite()
        assert value >= 0
        assert gradient.isfinite().all()


@every_loss
def test_ignored_pixels_have_no_say(make: Callable[[], PixelLoss], batch: tuple[Tensor, Tensor]) -> None:
    loss, (logits, target) = make(), batch
    ignored = (target == IGNORED).unsqueeze(1).expand_as(logits)
    value, gradient = value_and_gradient(loss, logits, target)
    assert (gradient[ignored] == 0).all()
    assert (gradient[~ignored] != 0).any()
    torch.testing.assert_close(loss(logits.where(~ignored, 1e4), target), value)


@every_loss
def test_ignored_pixels_may_as_well_be_absent(make: Callable[[], PixelLoss], batch: tuple[Tensor, Tensor]) -> None:
    loss, (logits, target) = make(), batch
    counted = target != IGNORED
    kept = logits.movedim(1, -1)[counted].T.reshape(1, CLASSES, 1, -1)
    torch.testing.assert_close(loss(kept, target[counted].reshape(1, 1, -1)), loss(logits, target))


@every_loss
@pytest.mark.parametrize("shape", [(2, 3, 3), (1, 1, 1), (0, 3, 3)])
def test_no_pixel_no_loss(make: Callable[[], PixelLoss], shape: tuple[int, int, int]) -> None:
    logits = torch.randn(shape[0], CLASSES, *shape[1:])
    value, gradient = value_and_gradient(make(), logits, torch.full(shape, IGNORED))
    assert value == 0
    assert (gradient == 0).all()


@every_loss
def test_order_of_pixels_and_images_does_not_matter(
    make: Callable[[], PixelLoss], batch: tuple[Tensor, Tensor]
) -> None:
    loss, (logits, target) = make(), batch
    order = torch.randperm(target.numel(), generator=torch.Generator().manual_seed(1))
    shuffled = logits.movedim(1, -1).reshape(-1, CLASSES)[order].reshape(*target.shape, CLASSES).movedim(-1, 1)
    value = loss(shuffled, target.flatten()[order].reshape(target.shape))
    torch.testing.assert_close(value, loss(logits, target))
    columns = loss(logits.transpose(2, 3).contiguous(), target.transpose(1, 2).contiguous())
    torch.testing.assert_close(columns, loss(logits, target))


@every_default_loss
def test_names_of_classes_do_not_matter(make: Callable[[], PixelLoss], batch: tuple[Tensor, Tensor]) -> None:
    loss, (logits, target) = make(), batch
    new_name = torch.tensor([2, 0, 3, 1])
    renamed = new_name[target.clamp(max=CLASSES - 1)].where(target != IGNORED, IGNORED)
    torch.testing.assert_close(loss(logits[:, new_name.argsort()], renamed), loss(logits, target))


@every_default_loss
def test_more_for_the_true_class_never_costs(make: Callable[[], PixelLoss], batch: tuple[Tensor, Tensor]) -> None:
    logits, target = batch
    _, gradient = value_and_gradient(make(), logits, target)
    true = target.where(target != IGNORED, 0).unsqueeze(1)
    assert (gradient.gather(1, true) <= 0).all()


@every_loss
def test_memory_layout_does_not_matter(make: Callable[[], PixelLoss], batch: tuple[Tensor, Tensor]) -> None:
    loss, (logits, target) = make(), batch
    expected, gradient = value_and_gradient(loss, logits, target)
    channels_last = logits.contiguous(memory_format=torch.channels_last)
    value, other = value_and_gradient(loss, channels_last, target)
    torch.testing.assert_close((value, other), (expected, gradient))


@every_loss
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_summed_in_full(make: Callable[[], PixelLoss], dtype: torch.dtype) -> None:
    loss = make()
    logits = torch.randn(2, CLASSES, 64, 64, generator=torch.Generator().manual_seed(0)).to(dtype)
    target = torch.arange(CLASSES).repeat(2, 64, 16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        value, gradient = value_and_gradient(loss, logits, target)
    assert value.dtype == torch.float32
    assert gradient.dtype == dtype
    torch.testing.assert_close(value, loss(logits.float(), target))


@every_loss
def test_labels_are_only_read(make: Callable[[], PixelLoss], batch: tuple[Tensor, Tensor]) -> None:
    logits, target = batch
    before = logits.clone(), target.clone()
    make()(logits, target)
    torch.testing.assert_close((logits, target), before, rtol=0, atol=0)


@every_loss
def test_check_refuses_to_ignore_a_class(make: Callable[[], PixelLoss]) -> None:
    loss = make()
    loss.check(CLASSES)
    for part in loss.modules():
        if isinstance(part, PixelLoss):
            part.ignore_index = CLASSES - 1
    with pytest.raises(ValueError, match=r"ignore_index must lie outside the labels 0 … 3, got 3"):
        loss.check(CLASSES)
