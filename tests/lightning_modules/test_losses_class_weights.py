"""Class weights: the rules that compute them, and how losses take them."""

import pytest
import torch
from torch import Tensor

from lightning_modules.losses import (
    OHEM,
    ClassificationLoss,
    ClassWeights,
    CrossEntropy,
    Dice,
    EffectiveNumber,
    Focal,
    InverseFrequency,
    WeightedSum,
)

CLASSES, IGNORED = 5, 255
WEIGHTS = [0.5, 2.0, 1.0, 0.1, 3.0]
weighted_losses = pytest.mark.parametrize("cls", [CrossEntropy, Focal, OHEM])


@pytest.fixture
def logits() -> Tensor:
    return torch.randn(4, CLASSES, 7, 9, generator=torch.Generator().manual_seed(0)) * 3


@pytest.fixture
def target() -> Tensor:
    generator = torch.Generator().manual_seed(1)
    target = torch.randint(CLASSES, (4, 7, 9), generator=generator)
    return target.where(torch.rand(target.shape, generator=generator) > 0.2, IGNORED)


def test_inverse_frequency() -> None:
    counts = torch.tensor([100, 25, 400])
    torch.testing.assert_close(InverseFrequency()(counts), torch.tensor([4.0, 16.0, 1.0]) * 3 / 21)
    torch.testing.assert_close(InverseFrequency(power=0.5)(counts), torch.tensor([2.0, 4.0, 1.0]) * 3 / 7)
    torch.testing.assert_close(InverseFrequency(power=0)(counts), torch.ones(3))


@pytest.mark.parametrize("beta", [0.9, 0.999, 0.999999])
def test_effective_number_is_cui_s(beta: float) -> None:
    """The lines of the paper's reference code, in double precision: weights that sum to the number of classes."""
    counts = torch.tensor([5, 100, 4000, 10**9])
    effective = (1 - beta ** counts.double()) / (1 - beta)
    expected = (1 / effective) / (1 / effective).sum() * 4
    torch.testing.assert_close(EffectiveNumber(beta)(counts), expected.float())


def test_effective_number_lies_between_no_weights_and_inverse_frequency() -> None:
    counts = torch.tensor([3, 50, 700])
    torch.testing.assert_close(EffectiveNumber(1e-6)(counts), torch.ones(3))
    torch.testing.assert_close(EffectiveNumber(1 - 1e-9)(counts), InverseFrequency()(counts))


@pytest.mark.parametrize("rule", [InverseFrequency(), EffectiveNumber()])
def test_a_class_that_never_occurs_weighs_nothing(rule: ClassWeights) -> None:
    weights = rule(torch.tensor([0, 10, 90, 0]))
    assert (weights > 0).tolist() == [False, True, True, False]
    torch.testing.assert_close(weights[1:3], rule(torch.tensor([10, 90])))
    assert weights.sum().item() == pytest.approx(2)


@pytest.mark.parametrize("counts", [[0, 0], [3, -1]])
def test_counts_must_be_counts(counts: list[int]) -> None:
    with pytest.raises(ValueError, match="class counts must be positive, got"):
        InverseFrequency()(torch.tensor(counts))


@weighted_losses
def test_weights_from_counts_are_weights(cls: type[ClassificationLoss], logits: Tensor, target: Tensor) -> None:
    counts = torch.bincount(target[target != IGNORED], minlength=CLASSES)
    loss = cls(class_weights=InverseFrequency())
    assert loss.needs_class_counts
    with pytest.raises((IndexError, RuntimeError)):
        loss(logits, target)  # not silently unweighted
    loss.check(CLASSES)
    loss.set_class_counts(counts)
    given = cls(class_weights=InverseFrequency()(counts).tolist())
    assert not given.needs_class_counts
    given.set_class_counts(counts + 7)
    torch.testing.assert_close(loss(logits, target), given(logits, target))
    assert not loss.state_dict(), "a checkpoint of another data set's weights would win over this one's"


@weighted_losses
def test_a_class_of_weight_0_is_not_learned(cls: type[ClassificationLoss], logits: Tensor) -> None:
    loss = cls(class_weights=[0.0, 1.0, 1.0, 1.0, 1.0])
    value = loss(logits, torch.zeros(4, 7, 9, dtype=torch.long))
    assert value == 0


@pytest.mark.parametrize("weights", [WEIGHTS[:-1], [*WEIGHTS, 1.0], []])
@weighted_losses
def test_check_refuses_a_wrong_number_of_weights(cls: type[ClassificationLoss], weights: list[float]) -> None:
    with pytest.raises(ValueError, match=f"class_weights must be 5, one a class, got {len(weights)}"):
        cls(class_weights=weights).check(CLASSES)
    cls(class_weights=WEIGHTS).check(CLASSES)


@pytest.mark.parametrize(
    ("cls", "argument", "message"),
    [
        (InverseFrequency, -1.0, "InverseFrequency: power must not be negative, got -1.0"),
        (EffectiveNumber, 1.0, r"EffectiveNumber: beta must lie in \(0, 1\), got 1.0"),
        (EffectiveNumber, 0.0, r"EffectiveNumber: beta must lie in \(0, 1\), got 0.0"),
    ],
)
def test_arguments_are_checked(cls: type[ClassWeights], argument: float, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        cls(argument)


@weighted_losses
def test_class_weights_must_not_all_be_0(cls: type[ClassificationLoss]) -> None:
    with pytest.raises(ValueError, match=rf"^{cls.__name__}: class_weights must not all be 0, got \[0, 0\.0\]$"):
        cls(class_weights=[0, 0.0])


def test_a_weighted_sum_must_weigh_something() -> None:
    with pytest.raises(ValueError, match=r"^WeightedSum: weights must not all be 0, got \[0, 0\]$"):
        WeightedSum([Dice(), CrossEntropy()], [0, 0])
