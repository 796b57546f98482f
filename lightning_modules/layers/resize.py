"""Resizing one map to another's height and width."""

import torch.nn.functional as F
from torch import Tensor


def resize_to(x: Tensor, like: Tensor) -> Tensor:
    """Resize `x` bilinearly to the height and width of `like`, as the segmentation papers do.

    Without work where the sizes agree, and without copies for a pooled 1 × 1 map, which is only repeated. A graph that
    is exported for any size repeats those maps that are 1 × 1 whatever the size is.

    Shape:
        (N, C, h, w), (N, D, H, W) → (N, C, H, W).
    """
    size = like.shape[-2:]
    if x.shape[-2:] == size:
        return x
    if all(isinstance(side, int) and side == 1 for side in x.shape[-2:]):
        return x.expand(-1, -1, *size)
    return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


def repeat_to(x: Tensor, like: Tensor) -> Tensor:
    """Resize `x` by nearest neighbour to the height and width of `like`, as the detection papers do.

    Without work where the sizes agree.

    Shape:
        (N, C, h, w), (N, D, H, W) → (N, C, H, W).
    """
    size = like.shape[-2:]
    return x if x.shape[-2:] == size else F.interpolate(x, size=size, mode="nearest")
