"""Losses that are a mean over elements, against torch, torchvision, segmentation-models-pytorch and by hand."""

import math

import pytest
import segmentation_models_pytorch.losses as smp
import torch
import torch.nn.functional as F
from segmentation_models_pytorch.losses._functional import softmax_focal_loss_with_logits
from torch import Tensor
from torchvision.ops import sigmoid_focal_loss

from lightning_modules.losses import (
    OHEM,
    CrossEntropy,
    Focal,
    SigmoidFocal,
)

CLASSES, IGNORED = 5, 255
WEIGHTS = [0.5, 2.0, 1.0, 0.1, 3.0]


@pytest.fixture
def logits() -> Tensor:
    return torch.randn(4, CLASSES, 7, 9, generator=torch.Generator().manual_seed(0)) * 3


@pytest.fixture
def labels() -> Tensor:
    return torch.randint(CLASSES, (4, 7, 9), generator=torch.Generator().manual_seed(1))


@pytest.fixture
def target(labels: Tensor) -> Tensor:
    return labels.where(torch.rand(labels.shape, generator=torch.Generator().manual_seed(2)) > 0.2, IGNORED)


def of_probability(p: Tensor) -> Tensor:
    """Logits (M, 2) that give class 0 the probabilities p."""
    return torch.stack([p.log(), (1 - p).log()], dim=1)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_is_torch_s(
    logits: Tensor, target: Tensor, weights: list[float] | None, smoothing: float
) -> None:
    loss = CrossEntropy(class_weights=weights, label_smoothing=smoothing)
    weight = None if weights is None else torch.tensor(weights)
    expected = F.cross_entropy(logits, target, weight, ignore_index=IGNORED, label_smoothing=smoothing)
    torch.testing.assert_close(loss(logits, target), expected)


def test_smoothed_cross_entropy_by_hand() -> None:
    """Szegedy et al. 2016, sec. 7: q = (1 − ε) δ + ε/C."""
    logits = of_probability(torch.tensor([0.9]))
    expected = -(0.95 * math.log(0.9) + 0.05 * math.log(0.1))
    assert CrossEntropy(label_smoothing=0.1)(logits, torch.tensor([0])).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_focal_without_focus_is_cross_entropy(logits: Tensor, target: Tensor, weights: list[float] | None) -> None:
    focal, expected = Focal(gamma=0, class_weights=weights), CrossEntropy(class_weights=weights)
    torch.testing.assert_close(focal(logits, target), expected(logits, target), rtol=1e-6, atol=0)


@pytest.mark.parametrize("gamma", [0.5, 2.0, 5.0])
def test_focal_is_smp_s(logits: Tensor, labels: Tensor, gamma: float) -> None:
    expected = softmax_focal_loss_with_logits(logits.double(), labels, gamma=gamma)
    torch.testing.assert_close(Focal(gamma)(logits.double(), labels), expected)


def test_focal_figure_1() -> None:
    """Lin et al. 2017, sec. 3.2: at γ = 2, p = 0.9 costs 100 times less than under cross-entropy, 0.968 1000 times."""
    p = torch.tensor([0.9, 0.968])
    easy = torch.tensor([0, 0])
    ratio = CrossEntropy().per_element(of_probability(p), easy) / Focal(2.0).per_element(of_probability(p), easy)
    torch.testing.assert_close(ratio, torch.tensor([100.0, 1 / 0.032**2]), rtol=1e-4, atol=0)


@pytest.mark.parametrize(("alpha", "gamma"), [(0.25, 2.0), (0.5, 0.0), (0.9, 0.5), (0.0, 1.0), (1.0, 1.0)])
def test_sigmoid_focal_is_torchvision_s(logits: Tensor, target: Tensor, alpha: float, gamma: float) -> None:
    target = target.where(target != 3, CLASSES)  # class 3 is turned into background, to have both
    one_hot = F.one_hot(target.clamp(max=CLASSES), CLASSES + 1)[..., :CLASSES].movedim(-1, 1).double()
    logits = logits.double().requires_grad_()
    elements = sigmoid_focal_loss(logits, one_hot, alpha, gamma).sum(1) * (target != IGNORED)
    ours = SigmoidFocal(alpha, gamma)
    torch.testing.assert_close(ours.per_element(logits, target), elements)
    expected = elements.sum() / (target != IGNORED).sum()
    torch.testing.assert_close(ours(logits, target), expected)
    gradients = [torch.autograd.grad(value, logits)[0] for value in (ours(logits, target), expected)]
    torch.testing.assert_close(*gradients)


def test_sigmoid_focal_is_smp_s(logits: Tensor, target: Tensor) -> None:
    """They average over classes, where RetinaNet sums."""
    theirs = smp.FocalLoss("multiclass", alpha=0.25, gamma=2.0, ignore_index=IGNORED)
    torch.testing.assert_close(SigmoidFocal(0.25, 2.0)(logits, target), CLASSES * theirs(logits, target))


def test_sigmoid_focal_by_hand() -> None:
    """Lin et al. 2017, eq. 5, at p = 0.2 for the true class and p = 0.4 for the other."""
    logits = torch.tensor([[0.2, 0.4]]).logit()
    expected = -0.25 * 0.8**2 * math.log(0.2) - 0.75 * 0.4**2 * math.log(0.6)
    assert SigmoidFocal()(logits, torch.tensor([0])).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("loss", [OHEM(threshold=1.0), OHEM(min_kept=1.0)])
def test_ohem_of_everything_is_cross_entropy(loss: OHEM, logits: Tensor, target: Tensor) -> None:
    torch.testing.assert_close(loss(logits, target), CrossEntropy()(logits, target))


@pytest.mark.parametrize(
    ("threshold", "min_kept", "hard"),
    [
        (0.7, 0.1, [0.3, 0.6, 0.65]),  # all up to the threshold, more than the share
        (0.4, 0.5, [0.3, 0.6, 0.65]),  # half of six: two more than are up to the threshold
        (0.0, 1 / 3, [0.3, 0.6]),  # the share alone
        (0.0, 0.01, [0.3]),  # never none
    ],
)
def test_ohem_keeps_the_hard(threshold: float, min_kept: float, hard: list[float]) -> None:
    p = torch.tensor([0.9, 0.3, 0.8, 0.65, 0.95, 0.6, 0.01])
    target = torch.tensor([0, 0, 0, 0, 0, 0, IGNORED])
    loss, logits = OHEM(threshold, min_kept), of_probability(p).requires_grad_()
    value = loss(logits, target)
    assert value.item() == pytest.approx(-sum(map(math.log, hard)) / len(hard), rel=1e-5)
    (gradient,) = torch.autograd.grad(value, logits)
    kept = torch.isin(p, torch.tensor(hard))
    assert (gradient.any(1) == kept).all()
    assert ((loss.per_element(logits, target) > 0) == kept).all()


@pytest.mark.parametrize("threshold", [0.05, 0.7])
def test_ohem_is_bisenet_s(logits: Tensor, target: Tensor, threshold: float) -> None:
    """The rule of BiSeNet's reference code: sort, and take the threshold's loss or the n-th largest."""
    losses = F.cross_entropy(logits, target, ignore_index=IGNORED, reduction="none").flatten()
    losses = losses.sort(descending=True).values
    least = math.ceil((target != IGNORED).sum().item() * 0.25)
    bound = -math.log(threshold)
    expected = losses[losses > bound] if losses[least] > bound else losses[:least]
    torch.testing.assert_close(OHEM(threshold, min_kept=0.25)(logits, target), expected.mean())


def test_ohem_weighs_but_does_not_mine_by_weight() -> None:
    p = torch.tensor([0.9, 0.3, 0.8, 0.4])  # of class 0: hard are 0.3 (label 0), and 0.8 and 0.9 (label 1)
    value = OHEM(0.7, 0.1, class_weights=[1.0, 3.0])(of_probability(p), torch.tensor([1, 0, 1, 1]))
    expected = -(math.log(0.3) + 3 * math.log(0.1) + 3 * math.log(0.2) + 3 * math.log(0.6)) / 10
    assert value.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("cls", "arguments", "message"),
    [
        (CrossEntropy, {"label_smoothing": 1.0}, r"CrossEntropy: label_smoothing must lie in \[0, 1\), got 1.0"),
        (CrossEntropy, {"class_weights": [1.0, -2.0]}, "CrossEntropy: class_weights must not be negative, got -2.0"),
        (Focal, {"gamma": -1.0}, "Focal: gamma must not be negative, got -1.0"),
        (Focal, {"class_weights": [-1.0]}, "Focal: class_weights must not be negative, got -1.0"),
        (SigmoidFocal, {"gamma": -0.5}, "SigmoidFocal: gamma must not be negative, got -0.5"),
        (SigmoidFocal, {"alpha": 1.5}, r"SigmoidFocal: alpha must lie in \[0, 1\], got 1.5"),
        (OHEM, {"threshold": 70.0}, r"OHEM: threshold must be a probability in \[0, 1\], got 70.0"),
        (OHEM, {"min_kept": 100000.0}, r"OHEM: min_kept must be a share of the elements in \(0, 1\], got 100000.0"),
    ],
)
def test_arguments_are_checked(cls: type, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        cls(**arguments)
