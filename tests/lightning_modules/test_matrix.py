"""Any context block goes with any fusion block, in segmentation and in detection."""

from functools import partial
from itertools import product

import pytest
import torch

from lightning_modules.backbones import Tiny
from lightning_modules.heads import LinearHead, RetinaHead
from lightning_modules.networks import DetectionNetwork, Features, SegmentationNetwork
from lightning_modules.pyramid import (
    ASPP,
    FPA,
    FPN,
    GAU,
    OCR,
    PAFPN,
    PPM,
    SPP,
    SPPF,
    BiFPN,
    DeepLabDecoder,
    OneLevel,
    PyramidBlock,
    StripPooling,
)  # fmt: skip
from tests.walk import subclasses

CONTEXT = [None, SPP, SPPF, PPM, ASPP, FPA, OCR, StripPooling]
SMALL = {"channels": 8}
FUSION = [None, *(partial(block, **SMALL) for block in (FPN, GAU, PAFPN, BiFPN, DeepLabDecoder, OneLevel))]
SIZE = (65, 97)


def name(block: object) -> str:
    return getattr(getattr(block, "func", block), "__name__", "none")


every_pair = pytest.mark.parametrize(("context", "fusion"), list(product(CONTEXT, FUSION)), ids=name)


def features(context, fusion) -> Features:
    torch.manual_seed(0)
    return Features(partial(Tiny, channels=4), context, fusion)


def test_every_block_is_in_the_matrix():
    assert {name(block) for block in (*CONTEXT, *FUSION)} - {"none"} == {
        cls.__name__ for cls in subclasses(PyramidBlock)
    }


@every_pair
def test_segmentation_learns(context, fusion):
    network = SegmentationNetwork(features(context, fusion), LinearHead, num_classes=3)
    logits = network(torch.randn(2, 3, *SIZE))
    logits.square().mean().backward()
    assert logits.shape == (2, 3, *SIZE)
    used = {
        key.split(".")[1]
        for key, p in network.named_parameters()
        if key.startswith("features") and p.grad is not None and p.grad.any()
    }
    assert used == {"backbone"} | ({"context"} if context else set()) | ({"fusion"} if fusion else set())


@every_pair
def test_detection_learns(context, fusion):
    head = partial(RetinaHead, channels=8, depth=1)
    network = DetectionNetwork(features(context, fusion), head, num_classes=3, background_logit=False)
    image = torch.randn(2, 3, *SIZE)
    predictions = network(image)
    (predictions.logits.square().mean() + predictions.deltas.square().mean()).backward()
    anchors = network.head.anchors(image)
    assert predictions.logits.shape == (2, len(anchors), 3)
    assert predictions.deltas.shape == (2, len(anchors), 4)
    assert all(p.grad is not None for p in network.parameters())
