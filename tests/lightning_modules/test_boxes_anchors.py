"""Where anchors lie: FCOS's places, torchvision's anchors."""

import math

import pytest
import torch
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList

from lightning_modules.boxes import tile
from tests.lightning_modules.boxes import CPU, points


def test_points_are_the_papers() -> None:
    """FCOS, sec. 3.1: place (x, y) is at (⌊s/2⌋ + xs, ⌊s/2⌋ + ys)."""
    anchors = points([8, 16], (24, 20))
    centres = (anchors[:, :2] + anchors[:, 2:]) / 2
    fine = [[x, y] for y in (4, 12, 20) for x in (4, 12, 20)]
    coarse = [[x, y] for y in (8, 24) for x in (8, 24)]
    assert centres.tolist() == [*fine, *coarse]
    assert (anchors[:, 2:] - anchors[:, :2]).tolist() == [[8, 8]] * 9 + [[16, 16]] * 4


def test_anchors_are_torchvisions_half_a_stride_on() -> None:
    """With sizes that torchvision's rounding to whole pixels leaves alone."""
    sizes, ratios, strides = (16, 32), (0.25, 1.0, 4.0), (8, 16)
    cell = tuple((size / ratio**0.5, size * ratio**0.5) for ratio in ratios for size in sizes)
    ours = tile((cell, cell), strides, (32, 48), CPU)
    generator = AnchorGenerator((sizes, sizes), (ratios, ratios))
    maps = [torch.zeros(1, 1, 32 // s, 48 // s) for s in strides]
    (theirs,) = generator(ImageList(torch.zeros(1, 3, 32, 48), [(32, 48)]), maps)
    shift = torch.tensor([4.0] * 24 * 6 + [8.0] * 6 * 6)
    torch.testing.assert_close(ours, theirs + shift[:, None])


@pytest.mark.parametrize("size", [(1, 1), (7, 13), (33, 65)], ids=str)
def test_there_is_a_place_for_every_pixel_of_the_maps(size: tuple[int, int]) -> None:
    expected = sum(math.ceil(size[0] / s) * math.ceil(size[1] / s) for s in (4, 8, 16, 128))
    assert len(points([4, 8, 16, 128], size)) == expected


def test_anchors_are_made_once_a_size_and_not_for_inference_only() -> None:
    tile.cache_clear()
    with torch.inference_mode():
        anchors = points([8], (40, 40))
    assert points([8], (40, 40)) is anchors
    assert points([8], (40, 48)) is not anchors
    assert not anchors.is_inference()
