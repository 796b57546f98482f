"""Depthwise-separable convolutions in the place of dense ones."""

from collections.abc import Sequence

import torch
from torch import nn

from lightning_modules.layers import SeparableConv
from lightning_modules.pairing import stream
from lightning_modules.rewrites.base import Rewrite, replace
from lightning_modules.rewrites.prefixes import Part, prefixes


class Separable(Rewrite):
    """Depthwise-separable convolutions in the place of dense k × k ones (Chen et al. 2018, "DeepLabv3+", sec. 3.1).

    Their weights are drawn as torch draws a convolution's, from a stream that the convolution names; its bias, a
    detector's prior perhaps, is taken over. Convolutions from or to one channel stay: they would only grow.

    Args:
        parts: Of the network, whose convolutions are replaced: any of backbone, context, fusion, head. Those that the
            network has not got are passed over.

    Raises:
        ValueError: If the parts are none or unknown, have no such convolution, or one that is not square, odd and
            padded to keep the size.
    """

    def __init__(self, parts: Sequence[Part] = ("context", "fusion", "head")) -> None:
        self.prefixes = prefixes(self, parts)
        self.parts = parts

    def __call__(self, network: nn.Module) -> nn.Module:
        if not replace(network, nn.Conv2d, self._separable):
            raise ValueError(f"Separable: there is no dense k × k convolution in {', '.join(self.parts)}")
        return network

    def _separable(self, name: str, conv: nn.Conv2d) -> nn.Module:
        dense = conv.groups == 1 and min(conv.in_channels, conv.out_channels) > 1
        if not name.startswith(self.prefixes) or not dense or max(conv.kernel_size) == 1:
            return conv
        size, stride, dilation = conv.kernel_size[0], conv.stride[0], conv.dilation[0]
        geometry = (conv.kernel_size, conv.stride, conv.dilation, conv.padding, conv.padding_mode)
        keeps_size = ((size, size), (stride, stride), (dilation, dilation), (dilation * (size // 2),) * 2, "zeros")
        if size % 2 == 0 or geometry != keeps_size:
            raise ValueError(f"Separable: {name} must be square, odd and padded to keep the size, got {conv}")
        with stream(torch.initial_seed(), name):
            made = SeparableConv(conv.in_channels, conv.out_channels, size, stride, dilation, conv.bias is not None)
        made[1].register_parameter("bias", dict(conv.named_parameters()).get("bias"))
        return made
