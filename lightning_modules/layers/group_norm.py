"""GroupNorm that refuses a group of one value."""

import math

from torch import Tensor, nn


class GroupNorm(nn.GroupNorm):
    """torch's GroupNorm, which would take a group's only value from itself: the output would be β whatever the input.

    torch refuses that of a batch of one image alone; here it is refused at any batch, as torch's InstanceNorm does.
    So what counts is the map that a norm really gets, however it was pooled.

    Args:
        As torch's GroupNorm.

    Shape:
        (N, C, …) → (N, C, …).

    Raises:
        ValueError: If a group is one value: one channel of a map of 1 × 1.
    """

    def forward(self, x: Tensor) -> Tensor:
        if math.prod(x.shape[1:]) == self.num_groups:
            raise ValueError(f"Expected more than 1 value per group of channels, got input size {x.shape}")
        return super().forward(x)
