"""Erasing hides pixels, not labels."""

import pytest
import torch
from torchvision import tv_tensors

from datamodules.transforms.erasing import Erasing


def sample():
    return {
        "image": tv_tensors.Image(torch.full((3, 16, 16), 7, dtype=torch.uint8)),
        "mask": tv_tensors.Mask(torch.ones(16, 16, dtype=torch.uint8)),
        "boxes": tv_tensors.BoundingBoxes([[2, 2, 9, 9]], format="XYXY", canvas_size=(16, 16), dtype=torch.float32),
        "labels": torch.tensor([3]),
    }


def test_pixels_become_grey_and_labels_stay():
    before, after = sample(), Erasing(p=1.0, scale=(0.25, 0.25), ratio=(1.0, 1.0), value=128)(sample())
    assert (after["image"] == 128).sum() == 3 * 8 * 8  # a quarter of the image
    assert after["image"].unique().tolist() == [7, 128]
    assert all(torch.equal(after[name], before[name]) for name in ("mask", "boxes", "labels"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"p": 2}, r"p must lie in \[0, 1\], got 2"),
        ({"scale": (0.5, 0.2)}, r"scale must ascend .* got \(0.5, 0.2\)"),
        ({"ratio": (0.0, 1.0)}, "ratio from above 0"),
        ({"value": 300}, "value must lie in 0 … 255, got 300"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Erasing(**arguments)
