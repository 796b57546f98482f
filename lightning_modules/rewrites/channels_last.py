"""Weights and maps with the channels as the innermost dimension in memory."""

from typing import cast

import torch
from torch import Tensor, nn

from lightning_modules.layers import DilatedDepthwise
from lightning_modules.rewrites.base import Rewrite, replace


class ChannelsLast(Rewrite):
    """The memory format channels_last, which changes no result beyond rounding, and often the time that a step takes.

    It pays on GPUs with tensor cores and, on a CPU, where convolutions are depthwise. Dilated depthwise ones compute
    their gradient tap by tap there (`DilatedDepthwise`), since PyTorch's own is slowest in this format. What later
    rewrites put into the network is in PyTorch's default format.

    Raises:
        ValueError: If the network has no convolution.
    """

    def __call__(self, network: nn.Module) -> nn.Module:
        if not any(isinstance(module, nn.Conv2d) for module in network.modules()):
            raise ValueError("ChannelsLast: the network has no convolution, so it changes nothing")
        replace(network, nn.Conv2d, _made_for_the_format)
        return network.to(memory_format=torch.channels_last)


class ThinShortcut(nn.Conv2d):
    """A 1 × 1 convolution with a stride, which takes its places first.

    With 2 to 7 input channels in channels_last the gradient of PyTorch 2.14's own writes outside of its memory on a
    CPU, and the process ends sooner or later.

    Args:
        conv: A convolution for which `fits` is true. Its weight and bias become this one's.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        bias = conv.bias is not None
        super().__init__(conv.in_channels, conv.out_channels, 1, conv.stride, bias=bias, device="meta")  # type: ignore[arg-type]
        self.weight, self.bias = conv.weight, conv.bias

    @staticmethod
    def fits(conv: nn.Conv2d) -> bool:
        """Whether it is one of those, unpadded."""
        sizes = conv.kernel_size, conv.padding, conv.groups
        return sizes == ((1, 1), (0, 0), 1) and max(conv.stride) > 1 and conv.in_channels < 8

    def forward(self, x: Tensor) -> Tensor:
        """Args: `x` of shape (N, C, H, W). Returns: (N, D, ⌈H / stride⌉, ⌈W / stride⌉)."""
        rows, columns = cast(tuple[int, int], self.stride)
        return nn.functional.conv2d(x[..., ::rows, ::columns], self.weight, self.bias)


def _made_for_the_format(_: str, conv: nn.Conv2d) -> nn.Conv2d:
    for kind in (DilatedDepthwise, ThinShortcut):
        if kind.fits(conv):
            return kind(conv)
    return conv
