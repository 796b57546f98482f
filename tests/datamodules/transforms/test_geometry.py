"""Random scale, place and side, made of the pixels that are kept."""

import pytest
import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional as F

from datamodules.transforms.bare import IGNORE, LabelMask
from datamodules.transforms.geometry import ScaleCropFlip

SIZE = (24, 32)
MEAN = (0.2, 0.4, 0.6)


def sample(size: tuple[int, int] = SIZE) -> dict[str, Tensor]:
    """An image of which no two pixels are alike: its first channels are row and column, as is its mask's label."""
    rows, columns = (8 * axis.to(torch.uint8) for axis in torch.meshgrid(*map(torch.arange, size), indexing="ij"))
    return {"image": tv_tensors.Image(torch.stack([rows, columns, rows])), "mask": LabelMask(columns // 8)}


def drawn(seed: int, scale: float | tuple[float, float], flip: float = 0.0, size: tuple[int, int] = SIZE):
    torch.manual_seed(seed)
    scales = scale if isinstance(scale, tuple) else (scale, scale)
    return ScaleCropFlip(SIZE, scales, flip, MEAN)(sample(size))


@pytest.mark.parametrize("seed", range(4))
def test_an_enlarged_crop_is_the_crop_of_the_enlarged_image(seed):
    found = drawn(seed, 2.0)["image"].as_subclass(Tensor).int()
    whole = F.resize(sample()["image"], [48, 64]).as_subclass(Tensor).int()
    windows = whole.unfold(1, 24, 2).unfold(2, 32, 2)[..., 2:-2, 2:-2].permute(1, 2, 0, 3, 4)
    assert (windows == found[:, 2:-2, 2:-2]).all((2, 3, 4)).sum() == 1


def test_a_reduced_image_lies_anywhere_on_the_mean_and_its_mask_is_ignored_around_it():
    corners = set()
    for seed in range(30):
        found = drawn(seed, 0.5)
        bare = found["mask"] == IGNORE
        (top, left), (bottom, right) = (f((~bare).nonzero(), 0) for f in (torch.amin, torch.amax))
        assert (bottom - top + 1, right - left + 1) == (12, 16)
        assert (found["image"][:, bare] == torch.tensor([[51], [102], [153]])).all()
        corners.add((int(top), int(left)))
    assert len(corners) > 20
    assert {min(y for y, _ in corners), max(y for y, _ in corners)} <= set(range(13))


@pytest.mark.parametrize("scale", [0.3, 0.75, 1.0, 1.3, 2.0, 7.0])
@pytest.mark.parametrize("flip", [0.0, 1.0])
@pytest.mark.parametrize("size", [SIZE, (30, 25)])
def test_image_and_mask_move_alike(scale, flip, size):
    found = drawn(1, scale, flip, size)
    assert found["image"].shape[1:] == found["mask"].shape == SIZE
    seen = found["mask"] != IGNORE
    labels, column = found["mask"][seen].float(), found["image"][1][seen] / 8
    assert (labels - column).abs().max() <= 0.5 + 0.5 / min(scale, 1)
    ordered = found["mask"].int()[:, seen.any(0)][seen.any(1)].diff(dim=1)
    assert ((ordered <= 0) if flip else (ordered >= 0)).all()


def test_boxes_and_the_image_move_alike():
    torch.manual_seed(3)
    image = torch.zeros(3, *SIZE, dtype=torch.uint8)
    image[:, 10:14, 12:20] = 255
    boxes = tv_tensors.BoundingBoxes([[12.0, 10, 20, 14]], format="XYXY", canvas_size=SIZE)
    for scale in (0.5, 0.5, 1.0, 1.25):
        found = ScaleCropFlip(SIZE, (scale, scale), 0.5, (0, 0, 0))({"image": tv_tensors.Image(image), "boxes": boxes})
        bright = (found["image"][0] > 127).nonzero()
        edges = torch.cat([bright.amin(0).flip(0), bright.amax(0).flip(0) + 1]).float()
        torch.testing.assert_close(found["boxes"].as_subclass(Tensor)[0], edges, rtol=0, atol=1)


def test_factors_places_and_sides_are_spread():
    transform = ScaleCropFlip((100, 100), (0.5, 2.0), 0.25, MEAN)
    torch.manual_seed(0)
    drawn = [transform.draw(100, 100) for _ in range(2000)]
    factors = torch.tensor([rows.made / rows.kept for rows, _, _ in drawn])
    assert abs(factors.mean() - 1.25) < 0.03
    assert abs(torch.tensor([flip for _, _, flip in drawn]).float().mean() - 0.25) < 0.04
    starts = torch.tensor([rows.start / (100 - rows.kept) for rows, _, _ in drawn if rows.kept < 90])
    assert abs(starts.mean() - 0.5) < 0.03
    assert starts.min() == 0
    assert starts.max() == 1
