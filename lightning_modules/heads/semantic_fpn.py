"""The head of Semantic FPN."""

from collections.abc import Sequence
from functools import reduce

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lightning_modules.heads.base import PixelHead
from lightning_modules.layers import ConvNormAct, Level, check_levels, check_positive, resize_to


class SemanticFPNHead(PixelHead):
    """Every level upsampled step by step and summed (Kirillov et al. 2019, "Panoptic FPN", fig. 3).

    Each step to half the stride is a 3 × 3 convolution, norm, ReLU and bilinear upsampling; the finest level
    has the convolution only. A 1 × 1 classifier reads the sum. The paper's norm is GroupNorm; here it is
    BatchNorm, as everywhere, and the rewrite makes it GroupNorm.

    The classifier and the last upsampling are linear and act on different axes, so they commute: the coarser
    levels are summed and classified at twice the finest stride, and only their logits are upsampled.

    Args:
        levels: Levels of the pyramid, at least two; their strides double (some may be equal).
        num_classes: Classes to tell apart.
        hidden: Channels of all convolutions (the paper's 128).

    Shape:
        Levels (N, C_i, H_i, W_i) → (N, num_classes, H_0, W_0).

    Raises:
        ValueError: If there are fewer than two levels, the strides do not double, or classes or channels are below 1.
    """

    def __init__(self, levels: Sequence[Level], num_classes: int, hidden: int = 128) -> None:
        super().__init__()
        check_levels(self, levels, at_least=2)
        check_positive(self, num_classes=num_classes, hidden=hidden)
        strides = [level.stride for level in levels]
        octaves = sorted(set(strides))
        if len(octaves) < 2 or octaves != [strides[0] * 2**i for i in range(len(octaves))]:
            raise ValueError(f"SemanticFPNHead: strides must double from level to level, got {strides}")
        self.steps = [octaves.index(stride) for stride in strides]
        self.branches = nn.ModuleList(
            UpsamplingBranch(level.channels, hidden, max(1, steps))
            for level, steps in zip(levels, self.steps, strict=True)
        )
        self.classify = nn.Conv2d(hidden, num_classes, 1)

    def forward(self, pyramid: list[Tensor]) -> Tensor:
        octaves = dict(zip(self.steps, pyramid, strict=True))
        fine: list[Tensor] = []
        coarse: list[Tensor] = []
        for branch, steps, x in zip(self.branches, self.steps, pyramid, strict=True):
            (coarse if steps else fine).append(branch(x, [octaves[i] for i in range(steps - 1, 0, -1)]))
        logits = self.classify(reduce(torch.add, fine))
        # Without the bias, which the finest level has brought.
        coarse_logits = F.conv2d(reduce(torch.add, coarse), self.classify.weight)
        return logits + resize_to(coarse_logits, like=logits)


class UpsamplingBranch(nn.ModuleList):
    """3 × 3 convolutions, each after the first at the resolution of the next finer level.

    Args:
        in_channels: Channels of the input.
        channels: Channels of the convolutions.
        count: How many there are.

    Shape:
        (N, in_channels, h, w), and `count` − 1 maps from coarse to fine → (N, channels, H, W) as the last of them.
    """

    def __init__(self, in_channels: int, channels: int, count: int) -> None:
        super().__init__(ConvNormAct(channels if i else in_channels, channels) for i in range(count))

    def forward(self, x: Tensor, finer: list[Tensor]) -> Tensor:
        for conv, like in zip(self, [x, *finer], strict=True):
            x = conv(resize_to(x, like=like))
        return x
