"""Pooling to a grid of bins, also in a graph that is exported for any image size."""

import torch
from torch import Tensor, nn


class BinAverage(nn.AdaptiveAvgPool2d):
    """`nn.AdaptiveAvgPool2d` to n × n bins; an exported graph has it as two products, since ONNX knows no such pooling.

    Shape:
        (N, C, H, W) → (N, C, n, n).
    """

    output_size: int

    def forward(self, x: Tensor) -> Tensor:
        if self.output_size == 1 or not torch.compiler.is_exporting():
            return super().forward(x)
        rows, columns = (_members(self.output_size, side, x).to(x.dtype) for side in x.shape[-2:])
        return rows / rows.sum(1, keepdim=True) @ x @ (columns / columns.sum(1, keepdim=True)).T


class BinMax(nn.AdaptiveMaxPool2d):
    """`nn.AdaptiveMaxPool2d` to n × n bins; an exported graph has it as two maxima.

    Shape:
        (N, C, H, W) → (N, C, n, n).
    """

    output_size: int

    def forward(self, x: Tensor) -> Tensor:
        if not torch.compiler.is_exporting():
            return super().forward(x)
        rows, columns = (_members(self.output_size, side, x) for side in x.shape[-2:])
        x = x.unsqueeze(2).masked_fill(~rows.unsqueeze(2), -torch.inf).amax(3)
        return x.unsqueeze(3).masked_fill(~columns, -torch.inf).amax(4)


def _members(bins: int, side: int, x: Tensor) -> Tensor:
    """Which places of a side each bin pools, (bins, side): ⌊i · side / bins⌋ up to below ⌈(i + 1) · side / bins⌉."""
    bin_, place = torch.arange(bins, device=x.device).unsqueeze(1), torch.arange(side, device=x.device)
    return (place >= bin_ * side // bins) & (place < ((bin_ + 1) * side + bins - 1) // bins)
