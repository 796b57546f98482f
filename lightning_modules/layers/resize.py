"""Bilinear resizing, the way the segmentation papers do it."""

import torch.nn.functional as F
from torch import Tensor


def resize_to(x: Tensor, like: Tensor) -> Tensor:
    """Resize `x` bilinearly to the height and width of `like`; without work where they agree.

    Shape:
        (N, C, h, w), (N, D, H, W) → (N, C, H, W).
    """
    size = like.shape[-2:]
    return x if x.shape[-2:] == size else F.interpolate(x, size=size, mode="bilinear", align_corners=False)
