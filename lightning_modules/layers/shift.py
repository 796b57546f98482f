"""A bias of its own."""

import torch
from torch import Tensor, nn


class Shift(nn.Module):
    """A learned number added to each channel: what is left of a norm that does not normalise.

    Args:
        channels: Of the map.

    Shape:
        (N, channels, H, W) → (N, channels, H, W).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.bias.view(-1, 1, 1)
