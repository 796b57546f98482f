"""Which anchor finds which object: by hand, and torchvision's matcher."""

import math

import pytest
import torch
from torch import Tensor
from torchvision.models.detection._utils import Matcher
from torchvision.ops import box_iou

from lightning_modules.boxes import BACKGROUND, IGNORED, match_by_centre, match_by_overlap
from tests.lightning_modules.boxes import points, random_boxes


def overlap(boxes: list[list[float]], anchors: Tensor) -> list[int]:
    return match_by_overlap(torch.tensor(boxes), anchors, 0.5, 0.4).tolist()


def test_overlap_by_hand() -> None:
    """IoU of a 10 × 10 box with w × 10 parts of it is w/10."""
    anchors = torch.tensor([[0.0, 0.0, w, 10.0] for w in (10, 5, 4.5, 3.9)])
    assert overlap([[0, 0, 10, 10]], anchors) == [0, 0, IGNORED, BACKGROUND]


def test_the_best_anchors_of_a_box_find_it_however_small_the_overlap() -> None:
    anchors = torch.tensor([[0.0, 0.0, 1.0, 10.0], [9.0, 0.0, 10.0, 10.0], [0.0, 0.0, 0.9, 10.0]])
    assert overlap([[0, 0, 10, 10]], anchors) == [0, 0, BACKGROUND]


def test_what_overlaps_nothing_is_nobodys() -> None:
    anchors = torch.tensor([[0.0, 0.0, 8.0, 8.0], [8.0, 0.0, 16.0, 8.0]])
    assert overlap([[40, 40, 48, 48], [4, 4, 4, 8], [4, 4, 4, 4]], anchors) == [BACKGROUND, BACKGROUND]


def test_overlap_is_torchvisions() -> None:
    anchors = random_boxes(500, seed=1)
    for seed in range(5):
        boxes = random_boxes(7, seed=seed + 2)
        theirs = Matcher(0.5, 0.4, allow_low_quality_matches=True)(box_iou(boxes, anchors))
        assert overlap(boxes.tolist(), anchors.float()) == theirs.tolist()
        assert {BACKGROUND, IGNORED} < set(theirs.tolist())


def centre(boxes: list[list[float]], strides: list[int], size: int = 64, radius: float = 1.5) -> list[Tensor]:
    """The match as one map for each level."""
    anchors = points(strides, (size, size))
    match = match_by_centre(torch.tensor(boxes), anchors, sorted(set(strides)), radius, reach=8)
    sides = [math.ceil(size / s) for s in strides]
    return [x.view(n, n) for x, n in zip(match.split([n * n for n in sides]), sides, strict=True)]


def test_only_places_near_the_centre_find_a_box() -> None:
    (level,) = centre([[0, 0, 64, 64]], [8])
    inner = torch.full((8, 8), BACKGROUND)
    inner[3:5, 3:5] = 0  # 4 pixels from the centre; the next are 12, no less than 1.5 · 8
    assert torch.equal(level, inner)
    (level,) = centre([[0, 0, 64, 64]], [8], radius=math.inf)
    assert (level == 0).all()


def test_a_place_on_the_rim_or_outside_finds_nothing() -> None:
    (level,) = centre([[4, 4, 12.5, 20]], [8])  # places at 4 and 12, and at 4, 12 and 20
    assert (level == 0).nonzero().tolist() == [[1, 1]]


def test_the_smallest_box_wins() -> None:
    big, small = [0, 0, 64, 64], [20, 20, 44, 44]
    for boxes, expected in (([big, small], 1), ([small, big], 0)):
        (level,) = centre(boxes, [8])
        assert set(level.flatten().tolist()) == {BACKGROUND, expected}


@pytest.mark.parametrize(("side", "found_by"), [(20, 0), (100, 0), (140, 1), (200, 1), (300, 2)])
def test_each_size_has_one_level(side: int, found_by: int) -> None:
    """Ranges (0, 64], (64, 128], (128, ∞) of the farthest side: the paper's at strides 8, 16, 32."""
    low = 256 - side / 2
    levels = centre([[low, low, low + side, low + side]], [8, 16, 32], size=512)
    assert [bool((level == 0).any()) for level in levels] == [i == found_by for i in range(3)]


def test_levels_of_equal_stride_share_their_range() -> None:
    levels = centre([[10, 10, 110, 110]], [4, 8, 8], size=128)
    assert [bool((level == 0).any()) for level in levels] == [False, True, True]
    assert torch.equal(levels[1], levels[2])
