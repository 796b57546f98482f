"""The normalisation of the image that a network's weights expect."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))  # mean and standard deviation, of RGB in [0, 1]


class Renormalize(nn.Module):
    """From ImageNet's normalisation, in which images come, to another one: a fixed affine map of each channel.

    Args:
        mean: Of the normalisation that is wanted, for RGB in [0, 1].
        std: Likewise.

    Shape:
        (N, 3, H, W) → (N, 3, H, W).
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        old_mean, old_std, new_mean, new_std = (torch.tensor(x).view(3, 1, 1) for x in (*IMAGENET, mean, std))
        self.register_buffer("scale", old_std / new_std, persistent=False)
        self.register_buffer("shift", (old_mean - new_mean) / new_std, persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        return image * self.scale + self.shift
