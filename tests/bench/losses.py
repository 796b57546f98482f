"""Forward and backward of every loss, beside torch's cross-entropy and beside the same loss elsewhere."""

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

import segmentation_models_pytorch.losses as smp
import torch
import torch.nn.functional as F
from segmentation_models_pytorch.losses._functional import softmax_focal_loss_with_logits
from torch import Tensor
from torchvision.ops import (
    complete_box_iou_loss,
    distance_box_iou_loss,
    generalized_box_iou_loss,
    sigmoid_focal_loss,
)

from lightning_modules.losses import (
    L1,
    L2,
    OHEM,
    BalancedL1,
    CIoU,
    CrossEntropy,
    Dice,
    DIoU,
    Focal,
    GIoU,
    Huber,
    IoU,
    LovaszSoftmax,
    SigmoidFocal,
    SmoothL1,
    Tversky,
    WeightedSum,
)
from tests.bench.row import Row, beside, in_turn, peak

SHAPE = (8, 21, 256, 256)
BOXES = SHAPE[0] * SHAPE[2] * SHAPE[3]  # one a pixel: a thousand take less than the call itself
WEIGHTS = [1.0] * SHAPE[1]
IGNORED = 255
SMP_DICE = smp.DiceLoss("multiclass", ignore_index=IGNORED)
Loss: TypeAlias = Callable[[Tensor, Tensor], Tensor]


def rows() -> Iterator[Row]:
    """Time and peak memory on `SHAPE`, a tenth of the pixels ignored; then the same on `BOXES` boxes."""
    logits, labels = _pixels()
    for (name, peer), (ours, theirs) in PIXEL_LOSSES.items():
        calls = [partial(_step, loss, logits, labels) for loss in (ours, theirs, _cross_entropy)]
        seconds = in_turn(*calls, rounds=9)
        yield Row(f"{name}, {peer} (s)", seconds[0], seconds[1], 1.0)
        yield Row(f"{name}, torch's cross-entropy (s)", seconds[0], seconds[2])
        yield Row(f"{name}, {peer}, peak (MiB)", [peak(calls[0])], [peak(calls[1])], 1.0)
    boxes, truth = _boxes()
    for (name, peer), (ours, theirs) in BOX_LOSSES.items():
        steps = [partial(_step, loss, boxes, truth) for loss in (ours, theirs)]
        yield from beside(f"{name}, {peer}", *steps, rounds=15)


def _step(loss: Loss, x: Tensor, target: Tensor) -> None:
    x.grad = None
    loss(x, target).sum().backward()
    x.grad = None


def _pixels() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    count, classes, *size = SHAPE
    logits = 3 * torch.randn(SHAPE, generator=generator)
    labels = torch.randint(classes, (count, *size), generator=generator)
    return logits.requires_grad_(), labels.where(torch.rand(labels.shape, generator=generator) > 0.1, IGNORED)


def _boxes() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    corners, sizes = torch.rand(2, BOXES, 2, generator=generator)
    boxes = torch.cat([corners, corners + sizes + 0.01], dim=1)
    return boxes.clone().requires_grad_(), boxes.roll(1, 0)


def _cross_entropy(x: Tensor, t: Tensor) -> Tensor:
    return F.cross_entropy(x, t, ignore_index=IGNORED)


def _smoothed(x: Tensor, t: Tensor) -> Tensor:
    return F.cross_entropy(x, t, torch.tensor(WEIGHTS), ignore_index=IGNORED, label_smoothing=0.1)


def _softmax_focal(x: Tensor, t: Tensor) -> Tensor:
    counted = t != IGNORED
    losses = softmax_focal_loss_with_logits(x, t.where(counted, 0), reduction="none")
    return (losses * counted).sum() / counted.sum()


def _sigmoid_focal(x: Tensor, t: Tensor) -> Tensor:
    counted = t != IGNORED
    target = F.one_hot(t.where(counted, 0), x.shape[1]).movedim(-1, 1).to(x)
    return (sigmoid_focal_loss(x, target, 0.25, 2).sum(1) * counted).sum() / counted.sum()


def _ohem(x: Tensor, t: Tensor) -> Tensor:
    losses = F.cross_entropy(x, t, ignore_index=IGNORED, reduction="none").view(-1)
    least = int((t != IGNORED).sum()) // 16
    hard = losses[losses > -math.log(0.7)]
    return (hard if hard.numel() >= least else losses.topk(least)[0]).mean()


def _cross_entropy_dice(x: Tensor, t: Tensor) -> Tensor:
    return _cross_entropy(x, t) + SMP_DICE(x, t)


def _per_box(loss: Callable[..., Tensor]) -> Loss:
    return lambda x, t: loss(x, t, reduction="none").sum(-1)


def _balanced_l1(x: Tensor, t: Tensor, alpha: float = 0.5, gamma: float = 1.5) -> Tensor:
    error, b = (x - t).abs(), math.exp(gamma / alpha) - 1
    near = alpha / b * (b * error + 1) * torch.log(b * error + 1) - alpha * error
    return torch.where(error < 1, near, gamma * error + gamma / b - alpha).sum(-1)


PIXEL_LOSSES: dict[tuple[str, str], tuple[Loss, Loss]] = {
    ("CrossEntropy", "torch"): (CrossEntropy(), _cross_entropy),
    ("CrossEntropy weighted, smoothed", "torch"): (CrossEntropy(WEIGHTS, 0.1), _smoothed),
    ("Focal", "smp"): (Focal(), _softmax_focal),
    ("SigmoidFocal", "torchvision"): (SigmoidFocal(), _sigmoid_focal),
    ("SigmoidFocal", "smp"): (SigmoidFocal(), smp.FocalLoss("multiclass", alpha=0.25, ignore_index=IGNORED)),
    ("OHEM", "BiSeNet's code"): (OHEM(), _ohem),
    ("Dice", "smp"): (Dice(), SMP_DICE),
    ("CrossEntropy + Dice", "torch + smp"): (WeightedSum([CrossEntropy(), Dice()], [1.0, 1.0]), _cross_entropy_dice),
    ("Tversky", "smp"): (Tversky(), smp.TverskyLoss("multiclass", alpha=0.3, beta=0.7, ignore_index=IGNORED)),
    ("LovaszSoftmax", "smp"): (LovaszSoftmax(), smp.LovaszLoss("multiclass", ignore_index=IGNORED)),
}
BOX_LOSSES: dict[tuple[str, str], tuple[Loss, Loss]] = {
    ("L1", "torch"): (L1(), _per_box(F.l1_loss)),
    ("L2", "torch"): (L2(), _per_box(F.mse_loss)),
    ("SmoothL1", "torch"): (SmoothL1(), _per_box(F.smooth_l1_loss)),
    ("Huber", "torch"): (Huber(), _per_box(F.huber_loss)),
    ("BalancedL1", "mmdetection's code"): (BalancedL1(), _balanced_l1),
    ("IoU", "torchvision's GIoU"): (IoU(), generalized_box_iou_loss),
    ("GIoU", "torchvision"): (GIoU(), generalized_box_iou_loss),
    ("DIoU", "torchvision"): (DIoU(), distance_box_iou_loss),
    ("CIoU", "torchvision"): (CIoU(), complete_box_iou_loss),
}
