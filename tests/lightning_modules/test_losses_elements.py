"""What holds for every loss that is a mean over elements, so that detection can use it."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lightning_modules.losses import OHEM, ClassificationLoss, CrossEntropy, Focal, SigmoidFocal
from tests.walk import subclasses

CLASSES, IGNORED = 4, 255
VARIANTS: dict[str, Callable[[], ClassificationLoss]] = {
    **{cls.__name__: cls for cls in subclasses(ClassificationLoss)},
    "CrossEntropy weighted": lambda: CrossEntropy(class_weights=[1, 2, 0, 0.5], label_smoothing=0.1),
    "Focal weighted": lambda: Focal(gamma=0.5, class_weights=[1, 2, 3, 0.5]),
    "SigmoidFocal for the rare": lambda: SigmoidFocal(gamma=0.5, alpha=0.9),
    "OHEM weighted": lambda: OHEM(class_weights=[1, 2, 3, 0.5], min_kept=0.5),
}
every_loss = pytest.mark.parametrize("make", VARIANTS.values(), ids=VARIANTS.keys())


@pytest.fixture
def batch() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, CLASSES, 5, 6, generator=generator) * 2
    target = torch.randint(CLASSES, (3, 5, 6), generator=generator)
    return logits, target.where(torch.rand(target.shape, generator=generator) > 0.2, IGNORED)


@every_loss
def test_elements_are_those_of_a_map(make: Callable[[], ClassificationLoss], batch: tuple[Tensor, Tensor]) -> None:
    """Detection has elements without a map: (M, C) and (N, C, A)."""
    loss, (logits, target) = make(), batch
    elements = loss.per_element(logits, target)
    assert (elements[target == IGNORED] == 0).all()
    anchors = loss.per_element(logits.flatten(2), target.flatten(1))
    torch.testing.assert_close(anchors, elements.flatten(1))
    rows = loss.per_element(logits.movedim(1, -1).flatten(0, 2), target.flatten())
    torch.testing.assert_close(rows, elements.flatten())
    assert loss.per_element(logits[:0].flatten(2), target[:0].flatten(1)).sum() == 0


@every_loss
def test_the_mean_is_that_of_its_parts(make: Callable[[], ClassificationLoss], batch: tuple[Tensor, Tensor]) -> None:
    loss, (logits, target) = make(), batch
    if isinstance(loss, OHEM):
        pytest.skip("what is hard depends on the whole batch")
    weights = [loss.weights_of(part).sum() for part in target]
    parts = [loss(x[None], y[None]) * w for x, y, w in zip(logits, target, weights, strict=True)]
    torch.testing.assert_close(torch.stack(parts).sum() / sum(weights), loss(logits, target))


@every_loss
def test_background_is_told_as_the_loss_says(make: Callable[[], ClassificationLoss]) -> None:
    """Label C: the last of C + 1 logits under a softmax, no logit at all under sigmoids."""
    loss = make()
    classes = CLASSES - loss.background_logit
    logits = torch.full((6, CLASSES), -8.0)
    logits[3:, 0] = 8
    if loss.background_logit:
        logits[:3, classes] = 8
    right, wrong = loss.per_element(logits, torch.full((6,), classes)).split(3)
    assert (right < wrong).all()
