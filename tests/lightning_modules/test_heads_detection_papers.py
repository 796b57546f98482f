"""What makes each detection head its paper's."""

import math
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn
from torchvision.models.detection.fcos import FCOSHead as TorchvisionFCOSHead
from torchvision.models.detection.retinanet import RetinaNetHead as TorchvisionRetinaNetHead

from lightning_modules.heads import BoxHead, FCOSHead, RetinaHead, fcos
from lightning_modules.layers import Level
from lightning_modules.rewrites import GroupNorm
from tests.lightning_modules.box_heads import (
    LEVELS,
    build,
    every_head,
    make_pyramid,
    outputs,
)
from tests.lightning_modules.detectors import CLASSES, randomised, with_weights_of


@pytest.mark.parametrize("prior", [0.01, 0.2])
@every_head
def test_training_starts_with_the_prior_probability(cls: type[BoxHead], prior: float) -> None:
    maps = make_pyramid(64, 64)
    one_each = build(cls, prior=prior)(maps).logits.sigmoid()
    together = build(cls, background_logit=True, prior=prior)(maps).logits.softmax(-1)[..., :-1].sum(-1)
    torch.testing.assert_close(one_each.mean().item(), prior, rtol=0.1, atol=0)
    torch.testing.assert_close(together.mean().item(), prior, rtol=0.1, atol=0)


@every_head
def test_without_a_prior_no_class_is_preferred(cls: type[BoxHead]) -> None:
    assert not build(cls, prior=None).classify.conv.bias.any()


@every_head
def test_the_defaults_are_the_papers(cls: type[BoxHead]) -> None:
    head = cls([Level(256, 8), Level(256, 16)], 80, False)
    shapes = [tuple(m.weight.shape) for m in head.class_tower.modules() if isinstance(m, nn.Conv2d)]
    assert shapes == [(256, 256, 3, 3)] * 4
    assert torch.allclose(head.classify.conv.bias, torch.tensor(-math.log(99)))


def test_retina_anchors_are_the_papers() -> None:
    """Focal Loss, sec. 4: 32² to 512² on P3 to P7, times 1, 2^(1/3), 2^(2/3), at 1:2, 1:1 and 2:1."""
    anchors = RetinaHead(LEVELS, CLASSES, False).anchors(torch.zeros(1, 3, 64, 64))
    size = anchors[:, 2:] - anchors[:, :2]
    area, ratio = size.prod(1).sqrt().view(-1, 3, 3), (size[:, 1] / size[:, 0]).view(-1, 3, 3)
    torch.testing.assert_close(area[0], 32 * 2 ** torch.tensor([[0, 1 / 3, 2 / 3]] * 3))
    torch.testing.assert_close(area[-1], 16 * area[0])
    torch.testing.assert_close(ratio[0], torch.tensor([[0.5] * 3, [1.0] * 3, [2.0] * 3]))


def fcos_pair(channels: int) -> tuple[nn.Module, BoxHead]:
    """Ours has GroupNorm by rewrite, for each level its own."""
    theirs = randomised(TorchvisionFCOSHead(channels, 1, CLASSES))
    levels = [Level(channels, stride) for _, stride in LEVELS]
    ours = GroupNorm(32)(FCOSHead(levels, CLASSES, False, channels=channels, norm=True))
    return theirs, with_weights_of(theirs, ours)


def retina_pair(channels: int) -> tuple[nn.Module, BoxHead]:
    theirs = randomised(TorchvisionRetinaNetHead(channels, 9, CLASSES))
    ours = RetinaHead([Level(channels, stride) for _, stride in LEVELS], CLASSES, False, channels=channels)
    return theirs, with_weights_of(theirs, ours)


@pytest.mark.parametrize("pair", [partial(retina_pair, 8), partial(fcos_pair, 64)], ids=["retina", "fcos"])
def test_heads_equal_torchvision(pair: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcos, "positive", torch.relu)  # as torchvision has it
    theirs, ours = pair()
    maps = make_pyramid(96, 128, levels=[Level(ours.classify.conv.in_channels, s) for s in ours.strides])
    expected = [x.squeeze(2) if x.shape[2] == 1 else x for x in theirs(maps).values()]
    for a, b in zip(outputs(ours, maps), expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5)
