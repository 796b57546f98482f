"""Depthwise-separable convolution."""

from torch import nn

from lightning_modules.layers.checks import check_positive
from lightning_modules.layers.conv import ConvNormAct


class SeparableConv(nn.Sequential):
    """A depthwise k × k and a pointwise 1 × 1 convolution (Chollet 2017, "Xception", fig. 4).

    With nothing between it is linear, so it stands wherever a k × k convolution stands, for k² / (1 + k² /
    out_channels) times less work.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        kernel_size: Of the depthwise convolution; odd, so that the padding keeps the size.
        stride: Of the depthwise convolution.
        dilation: Of the depthwise convolution.
        bias: Whether the pointwise convolution has a bias.
        norm_between: Whether BatchNorm and ReLU follow the depthwise convolution (MobileNet, DeepLabv3+), or nothing
            (Xception, whose fig. 10 compares the two).

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
        bias: bool = True,
        norm_between: bool = False,
    ) -> None:
        check_positive(self, out_channels=out_channels)
        depthwise = ConvNormAct(in_channels, in_channels, kernel_size, stride, dilation, groups=in_channels)
        pointwise = nn.Conv2d(in_channels, out_channels, 1, bias=bias)
        super().__init__(depthwise if norm_between else depthwise[0], pointwise)


class SeparableConvNormAct(nn.Sequential):
    """Depthwise, BatchNorm, ReLU, pointwise, BatchNorm, ReLU (Howard et al. 2017, "MobileNets", fig. 3 right).

    The arrangement that DeepLabv3+ uses in its ASPP and decoder (Chen et al. 2018, section 3).

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        kernel_size: Of the depthwise convolution; odd, so that the padding keeps the size.
        stride: Of the depthwise convolution.
        dilation: Of the depthwise convolution.

    Shape:
        (N, in_channels, H, W) → (N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉).

    Raises:
        ValueError: If the kernel size is even, or any size is below 1.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int = 3, stride: int = 1, dilation: int = 1
    ) -> None:
        super().__init__(
            ConvNormAct(in_channels, in_channels, kernel_size, stride, dilation, groups=in_channels),
            ConvNormAct(in_channels, out_channels, kernel_size=1),
        )
