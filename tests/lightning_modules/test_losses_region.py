"""Losses on regions, against segmentation-models-pytorch, their definitions on sets, and by hand."""

import pytest
import segmentation_models_pytorch.losses as smp
import torch
import torch.nn.functional as F
from jsonargparse import ArgumentParser
from segmentation_models_pytorch.losses.lovasz import _lovasz_grad
from torch import Tensor

from lightning_modules.losses import (
    CrossEntropy,
    Dice,
    EffectiveNumber,
    Focal,
    InverseFrequency,
    LovaszSoftmax,
    PixelLoss,
    Tversky,
    WeightedSum,
)
from lightning_modules.losses.lovasz import jaccard_steps, lovasz_jaccard

CLASSES, IGNORED = 5, 255


@pytest.fixture
def logits() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(4, CLASSES, 7, 9, generator=generator, dtype=torch.float64) * 3


@pytest.fixture
def target() -> Tensor:
    generator = torch.Generator().manual_seed(1)
    target = torch.randint(CLASSES, (4, 7, 9), generator=generator)
    return target.where(torch.rand(target.shape, generator=generator) > 0.2, IGNORED)


def value_and_gradient(loss: torch.nn.Module, logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    logits = logits.detach().clone().requires_grad_()
    value = loss(logits, target)
    return value.detach(), torch.autograd.grad(value, logits)[0]


def as_logits(prediction: Tensor) -> Tensor:
    """Logits that are sure of their prediction."""
    return F.one_hot(prediction, CLASSES).movedim(-1, 1) * 1e4


@pytest.mark.parametrize("smooth", [0.0, 1.0, 10.0])
def test_dice_is_smp_s(logits: Tensor, target: Tensor, smooth: float) -> None:
    theirs = smp.DiceLoss("multiclass", smooth=smooth, ignore_index=IGNORED)
    ours = Dice(smooth=smooth)
    torch.testing.assert_close(value_and_gradient(ours, logits, target), value_and_gradient(theirs, logits, target))


@pytest.mark.parametrize(("alpha", "beta"), [(0.3, 0.7), (1.0, 1.0), (0.0, 1.0)])
def test_tversky_is_smp_s(logits: Tensor, target: Tensor, alpha: float, beta: float) -> None:
    theirs = smp.TverskyLoss("multiclass", smooth=1.0, alpha=alpha, beta=beta, ignore_index=IGNORED)
    ours = Tversky(alpha, beta, smooth=1.0)
    torch.testing.assert_close(value_and_gradient(ours, logits, target), value_and_gradient(theirs, logits, target))


def test_balanced_tversky_is_dice(logits: Tensor, target: Tensor) -> None:
    assert Tversky(0.5, 0.5)(logits, target) == Dice()(logits, target)


def test_dice_and_tversky_by_hand() -> None:
    """Class 0: TP 2, FP 1, FN 0. Class 1: TP 0, FP 0, FN 1. Class 2: TP 1, FP 0, FN 0. The others are absent."""
    target, prediction = torch.tensor([[[0, 0, 1, 2]]]), torch.tensor([[[0, 0, 0, 2]]])
    dice = Dice(smooth=0)(as_logits(prediction), target)
    assert dice.item() == pytest.approx((1 - 4 / 5 + 1 - 0 + 1 - 1) / 3)
    tversky = Tversky(alpha=0.3, beta=0.7, smooth=1)(as_logits(prediction), target)
    assert tversky.item() == pytest.approx((1 - 3 / 3.3 + 1 - 1 / 1.7 + 0) / 3)


def test_region_losses_average_over_the_classes_that_occur(logits: Tensor, target: Tensor) -> None:
    """One more class that never occurs and is never claimed changes nothing."""
    wider = torch.cat([logits, torch.full_like(logits[:, :1], -1e4)], dim=1)
    for loss in (Dice(), Tversky(), LovaszSoftmax()):
        torch.testing.assert_close(loss(wider, target), loss(logits, target))


def test_dice_sums_many_pixels_exactly() -> None:
    """A million pixels of p = 0.1 each, in float32: one running sum of them is off by 1 %."""
    logits = torch.zeros(1, 2, 1024, 1024)
    logits[:, 0] = torch.tensor(0.1).logit()
    value = Dice(smooth=0)(logits, torch.zeros(1, 1024, 1024, dtype=torch.long))
    assert value.item() == pytest.approx(1 - 0.2 / 1.1, rel=1e-5)


def test_lovasz_softmax_is_berman_s(logits: Tensor, target: Tensor) -> None:
    """The author's code, as smp carries it."""
    theirs = smp.LovaszLoss("multiclass", ignore_index=IGNORED)
    ours = value_and_gradient(LovaszSoftmax(), logits.float(), target)
    torch.testing.assert_close(ours, value_and_gradient(theirs, logits.float(), target), rtol=1e-5, atol=1e-7)


def test_lovasz_softmax_of_a_sure_prediction_is_one_minus_iou(target: Tensor) -> None:
    """Berman et al. 2018: the extension agrees with the set function at its corners."""
    prediction = torch.randint(CLASSES, target.shape, generator=torch.Generator().manual_seed(3))
    counted = target != IGNORED
    losses = []
    for c in range(CLASSES):
        true, claimed = (target == c) & counted, (prediction == c) & counted
        losses.append(1 - (true & claimed).sum() / (true | claimed).sum())
    torch.testing.assert_close(LovaszSoftmax()(as_logits(prediction), target), torch.stack(losses).mean())


def test_lovasz_extension_by_its_definition() -> None:
    """Eq. 8 and 9: the errors in falling order, each times the rise of 1 − IoU as its pixel joins the wrong ones."""
    generator = torch.Generator().manual_seed(0)
    probability = torch.rand(12, generator=generator, dtype=torch.float64)
    inside = torch.rand(12, generator=generator) < 0.4
    errors = [1 - p if is_in else p for p, is_in in zip(probability.tolist(), inside.tolist(), strict=True)]

    def jaccard_loss(wrong: list[int]) -> float:
        missed = sum(bool(inside[i]) for i in wrong)
        union = int(inside.sum()) + len(wrong) - missed
        return len(wrong) / union

    order = sorted(range(12), key=lambda i: -errors[i])
    steps = [jaccard_loss(order[: k + 1]) - jaccard_loss(order[:k]) for k in range(12)]
    expected = sum(errors[i] * step for i, step in zip(order, steps, strict=True))
    assert lovasz_jaccard(probability, inside).item() == pytest.approx(expected, rel=1e-6)


def test_jaccard_steps_keep_the_digits_that_differences_lose() -> None:
    inside = torch.rand(200_000, generator=torch.Generator().manual_seed(0)) < 0.3
    missed = inside.double().cumsum(0)
    jaccard = 1 - (missed[-1] - missed) / (missed[-1] - missed + torch.arange(1, len(inside) + 1))
    exact = jaccard.diff(prepend=torch.zeros(1))
    ours, theirs = jaccard_steps(inside).double(), _lovasz_grad(inside.float()).double()
    torch.testing.assert_close(ours, exact, rtol=1e-6, atol=1e-15)
    assert ((theirs - exact).abs() > 0.01 * exact).float().mean() > 0.3
    assert ours.sum().item() == pytest.approx(1)


def test_weighted_sum_is_a_sum(logits: Tensor, target: Tensor) -> None:
    value = WeightedSum([CrossEntropy(), Dice(), LovaszSoftmax()], weights=[1, 0.5, 0])(logits, target)
    torch.testing.assert_close(value, CrossEntropy()(logits, target) + 0.5 * Dice()(logits, target))


def test_weighted_sum_passes_on_what_is_meant_for_its_parts(logits: Tensor, target: Tensor) -> None:
    loss = WeightedSum([Focal(class_weights=InverseFrequency()), Dice()], weights=[1, 1])
    assert loss.needs_class_counts
    assert not WeightedSum([CrossEntropy(), Dice()], weights=[1, 1]).needs_class_counts
    loss.set_class_counts(torch.tensor([1, 2, 3, 4, 5]))
    weights = InverseFrequency()(torch.tensor([1, 2, 3, 4, 5])).tolist()
    expected = Focal(class_weights=weights)(logits, target) + Dice()(logits, target)
    torch.testing.assert_close(loss(logits, target), expected)
    with pytest.raises(ValueError, match="CrossEntropy: class_weights must be 5, one a class, got 2"):
        WeightedSum([Dice(), CrossEntropy(class_weights=[1, 2])], weights=[1, 1]).check(CLASSES)


def test_losses_are_written_in_yaml_by_short_names() -> None:
    parser = ArgumentParser(exit_on_error=False)
    parser.add_argument("--loss", type=PixelLoss)
    focal = {"class_path": "Focal", "init_args": {"class_weights": {"class_path": "EffectiveNumber"}}}
    weighted = {"class_path": "CrossEntropy", "init_args": {"class_weights": [1, 2]}}
    losses = {"losses": [focal, weighted, {"class_path": "Dice"}], "weights": [1, 1, 0.5]}
    config = parser.parse_object({"loss": {"class_path": "WeightedSum", "init_args": losses}})
    loss = parser.instantiate(config).loss
    assert [type(part) for part in loss.losses] == [Focal, CrossEntropy, Dice]
    assert isinstance(loss.losses[0].weighting, EffectiveNumber)
    assert loss.losses[1].class_weights.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dice(smooth=-1), "Dice: smooth must not be negative, got -1"),
        (lambda: Tversky(smooth=-1), "Tversky: smooth must not be negative, got -1"),
        (lambda: Tversky(alpha=-1), "Tversky: alpha must not be negative, got -1"),
        (lambda: Tversky(0, 0), "Tversky: alpha and beta must not both be 0"),
        (
            lambda: WeightedSum([Dice()], [1, 2]),
            "WeightedSum: needs a weight for each of one or more losses, got 1 losses and 2 weights",
        ),
        (
            lambda: WeightedSum([], []),
            "WeightedSum: needs a weight for each of one or more losses, got 0 losses and 0 weights",
        ),
        (lambda: WeightedSum([Dice()], [-1]), "WeightedSum: weights must not be negative, got -1"),
        (
            lambda: WeightedSum([Dice(), Dice(ignore_index=9)], [1, 1]),
            r"WeightedSum: losses must agree on ignore_index, got \[255, 9\]",
        ),
    ],
)
def test_arguments_are_checked(make: type, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        make()
