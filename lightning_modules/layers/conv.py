"""Convolution, normalisation, activation."""

from collections.abc import Callable
from functools import partial

from torch import nn

from lightning_modules.layers.checks import check_odd, check_positive
from lightning_modules.layers.strided import StridedConv2d

relu = partial(nn.ReLU, inplace=True)


class ConvNormAct(nn.Sequential):
    """Convolution without bias, BatchNorm, ReLU: the unit that pyramid blocks and heads are written in.

    Other norms come by rewrite, so no block carries a norm argument.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        kernel_size: Odd, so that the padding keeps the size.
        stride: Of the convolution.
        dilation: Of the convolution.
        groups: Of the convolution.
        activation: Makes the activation.

    Shape:
        (N, in_channels, H, W) → (N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉).

    Raises:
        ValueError: If the kernel size is even, or any size is below 1.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        activation: Callable[[], nn.Module] = relu,
    ) -> None:
        check_odd(self, kernel_size=kernel_size)
        check_positive(self, in_channels=in_channels, out_channels=out_channels, dilation=dilation)
        padding = dilation * (kernel_size // 2)
        conv = nn.Conv2d if stride == 1 else StridedConv2d
        super().__init__(
            conv(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias=False),
            nn.BatchNorm2d(out_channels),
            activation(),
        )
