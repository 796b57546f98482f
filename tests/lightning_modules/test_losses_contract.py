"""What holds for every pixel loss, whatever it computes."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from experiments.trial.contracts.losses import CLASSES, CONTRACT, IGNORED, made_batch, value_and_gradient
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
    return made_batch()


def test_the_contract_sees_losses_of_every_kind() -> None:
    assert DEFAULTS.keys() >= {"CrossEntropy", "SigmoidFocal", "OHEM", "Dice", "LovaszSoftmax", "WeightedSum"}


def test_every_loss_is_exported() -> None:
    """Else its short name does not resolve in YAML."""
    assert DEFAULTS.keys() <= set(losses.__all__)


@every_loss
@pytest.mark.parametrize("holds", CONTRACT, ids=lambda holds: holds.__name__)
def test_contract(make: Callable[[], PixelLoss], holds: Callable[[Callable[[], PixelLoss]], None]) -> None:
    holds(make)


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
