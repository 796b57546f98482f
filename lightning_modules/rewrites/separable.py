"""Depthwise-separable convolutions in the place of dense ones."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from lightning_modules.layers import SeparableConv
from lightning_modules.pairing import stream
from lightning_modules.parts import NORMS
from lightning_modules.rewrites.base import Rewrite, replace
from lightning_modules.rewrites.prefixes import Part, prefixes_of


class Separable(Rewrite):
    """Depthwise-separable convolutions in the place of dense k × k ones (Chen et al. 2018, "DeepLabv3+", sec. 3.1).

    A convolution with a BatchNorm right behind it gets a BatchNorm and a ReLU between its two new ones as well, as in
    MobileNet and DeepLabv3+ (Howard et al. 2017, fig. 3). Where there is no norm, none is brought in: an FPN's
    smoothing stays linear, and a tower whose levels share a convolution and have norms of their own gets no norm that
    mixes them.

    Their weights are drawn as torch draws a convolution's, from a stream that the convolution names; its bias, a
    detector's prior perhaps, is taken over. Convolutions from or to one channel stay: they would only grow.

    Args:
        parts: Of the network, whose convolutions are replaced: any of backbone, context, fusion, head. Those that the
            network does not have are passed over.
        norm_between: Whether there is a norm and a ReLU between the two convolutions, or nothing, as in Xception.

    Raises:
        ValueError: If the parts are none or unknown, have no such convolution, one that is not square, odd and
            padded to keep the size, or, with a norm between, one with another norm than BatchNorm behind it.
    """

    def __init__(self, parts: Sequence[Part] = ("context", "fusion", "head"), norm_between: bool = True) -> None:
        self.prefixes = prefixes_of(self, parts)
        self.parts = parts
        self.norm_between = norm_between

    def __call__(self, network: nn.Module) -> nn.Module:
        behind = {one: other for module in network.modules() for one, other in pairwise(module.children())}
        if not replace(network, nn.Conv2d, lambda name, conv: self._separable(name, conv, behind.get(conv))):
            raise ValueError(f"Separable: there is no dense k × k convolution in {', '.join(self.parts)}")
        return network

    def _separable(self, name: str, conv: nn.Conv2d, behind: nn.Module | None) -> nn.Module:
        dense = conv.groups == 1 and min(conv.in_channels, conv.out_channels) > 1
        if not name.startswith(self.prefixes) or not dense or max(conv.kernel_size) == 1:
            return conv
        size, stride, dilation = conv.kernel_size[0], conv.stride[0], conv.dilation[0]
        geometry = (conv.kernel_size, conv.stride, conv.dilation, conv.padding, conv.padding_mode)
        keeps_size = ((size, size), (stride, stride), (dilation, dilation), (dilation * (size // 2),) * 2, "zeros")
        if size % 2 == 0 or geometry != keeps_size:
            raise ValueError(f"Separable: {name} must be square, odd and padded to keep the size, got {conv}")
        between = self.norm_between and _is_batch_norm(name, behind)
        bias = conv.bias is not None
        with stream(torch.initial_seed(), name):
            made = SeparableConv(conv.in_channels, conv.out_channels, size, stride, dilation, bias, between)
        made[1].register_parameter("bias", dict(conv.named_parameters()).get("bias"))
        return made


def _is_batch_norm(name: str, behind: nn.Module | None) -> bool:
    if isinstance(behind, NORMS) and not isinstance(behind, nn.BatchNorm2d):
        raise ValueError(
            f"Separable: the norm between would be a BatchNorm, but behind {name} is {type(behind).__name__}; put "
            "Separable before the rewrite of norms, or set norm_between: false"
        )
    return isinstance(behind, nn.BatchNorm2d)
