"""How a box is written as deltas: torchvision's coders, their inverse and their gradients."""

import math
from typing import Any

import pytest
import torch
from torchvision.models.detection._utils import BoxCoder, BoxLinearCoder

from lightning_modules.boxes import centerness, decode_distances, decode_offsets, encode_distances, encode_offsets
from tests.lightning_modules.boxes import random_boxes

CODERS = [(encode_offsets, decode_offsets), (encode_distances, decode_distances)]
every_coder = pytest.mark.parametrize(("encode", "decode"), CODERS, ids=["offsets", "distances"])


@every_coder
def test_decode_inverts_encode(encode: Any, decode: Any) -> None:
    boxes, anchors = random_boxes(100), random_boxes(100, seed=1)
    torch.testing.assert_close(decode(encode(boxes, anchors), anchors), boxes)
    deltas = torch.randn(2, 50, 4, dtype=torch.float64)
    torch.testing.assert_close(encode(decode(deltas, anchors[:50]), anchors[:50]), deltas)


def test_offsets_are_torchvisions() -> None:
    boxes, anchors = random_boxes(50), random_boxes(50, seed=1)
    coder = BoxCoder((1.0, 1.0, 1.0, 1.0))
    torch.testing.assert_close(encode_offsets(boxes, anchors), coder.encode_single(boxes, anchors))
    deltas = 5 * torch.randn(50, 4, dtype=torch.float64)  # some beyond the bound of log sizes
    assert deltas[:, 2:].max() > math.log(1000 / 16)
    torch.testing.assert_close(decode_offsets(deltas, anchors), coder.decode_single(deltas, anchors))


def test_distances_are_torchvisions() -> None:
    boxes, anchors = random_boxes(50), random_boxes(50, seed=1)
    coder, deltas = BoxLinearCoder(), torch.randn(50, 4, dtype=torch.float64)
    torch.testing.assert_close(encode_distances(boxes, anchors), coder.encode(anchors, boxes))
    torch.testing.assert_close(decode_distances(deltas, anchors), coder.decode(deltas, anchors))


@every_coder
def test_coding_has_right_gradients(encode: Any, decode: Any) -> None:
    anchors, boxes = random_boxes(6), random_boxes(6, seed=1).requires_grad_()
    deltas = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: encode(x, anchors), boxes)
    assert torch.autograd.gradcheck(lambda x: decode(x, anchors), deltas)


@every_coder
def test_half_precision_is_decoded_in_single(encode: Any, decode: Any) -> None:
    anchor = torch.tensor([[2000.0, 2000.0, 2016.0, 2016.0]])  # bfloat16 has a step of 8 pixels here
    box = decode(torch.full((1, 4), 0.125, dtype=torch.bfloat16), anchor)
    assert box.dtype == torch.float32
    torch.testing.assert_close(box, decode(torch.full((1, 4), 0.125), anchor))


def test_absurd_deltas_stay_finite() -> None:
    assert decode_offsets(torch.full((1, 4), 1e4), torch.tensor([[0.0, 0.0, 8.0, 8.0]])).isfinite().all()


def test_centerness_by_hand() -> None:
    """FCOS, eq. 3: l = 1, r = 4, t = 1, b = 1 → √(1/4 · 1)."""
    boxes = torch.tensor([[0.0, 0.0, 10.0, 4.0], [3.0, 3.0, 8.0, 5.0]])
    anchors = torch.tensor([[3.0, 0.0, 7.0, 4.0], [2.0, 2.0, 6.0, 6.0]])
    torch.testing.assert_close(centerness(boxes, anchors), torch.tensor([1.0, 0.5]))
