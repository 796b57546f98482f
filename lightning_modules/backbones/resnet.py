"""torchvision's ResNets as backbones."""

from typing import Any, Literal

from torch import Tensor, nn

from lightning_modules.backbones.base import Backbone, run_stages, stage_levels
from lightning_modules.backbones.dilation import check_output_stride, dilate, too_coarse
from lightning_modules.backbones.weights import torchvision_model
from lightning_modules.layers import check_scale


class ResNet(Backbone):
    """ResNet-18 to 152 (He et al. 2016, table 1), with torchvision's modules and weights.

    An output stride of 16 or 8 replaces the stride of the last one or two stages by dilation (Chen et al.
    2017, "Rethinking Atrous Convolution", fig. 3).

    Args:
        depth: 18, 34, 50, 101 or 152.
        weights: Name of a torchvision weights entry (`DEFAULT`, `IMAGENET1K_V1` …), downloaded on first use.
        output_stride: Stride of the last level: 32, 16 or 8.
        width: Multiplier of all widths; weights exist for 1 only.

    Shape:
        (N, 3, H, W) → four levels at strides 4, 8, 16 and 32, capped at `output_stride`.

    Raises:
        ValueError: If the width is not positive, weights are asked for with a width other than 1, no model or
            weights have that name, or the output stride is none of the three.
        ConnectionError: If the weights cannot be downloaded; says how to go on.
    """

    def __init__(
        self,
        depth: Literal[18, 34, 50, 101, 152] = 18,
        weights: str | None = None,
        output_stride: Literal[8, 16, 32] = 32,
        width: float = 1.0,
    ) -> None:
        super().__init__()
        check_output_stride(self, output_stride)
        check_scale(self, width=width)
        if weights is not None and width != 1:
            raise ValueError(f"ResNet: weights exist for width 1 only, got weights={weights!r} with width={width}")
        net = torchvision_model(f"resnet{depth}", weights)
        if width != 1:
            _scale_widths(net, width)
        self.stem, self.stages = resnet_stages(net, output_stride)
        self.levels = stage_levels(self.stages, output_stride)

    def forward(self, image: Tensor) -> list[Tensor]:
        return run_stages(self.stem(image), self.stages)


def resnet_stages(net: Any, output_stride: int) -> tuple[nn.Sequential, nn.ModuleList]:
    """The stem and the four stages of a torchvision ResNet, dilated; its classifier is left behind."""
    stages = [net.layer1, net.layer2, net.layer3, net.layer4]
    for stage, rate in too_coarse(stages, output_stride):
        dilate(stage, rate, strided=rate // 2)
    return nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool), nn.ModuleList(stages)


def _scale_widths(net: nn.Module, width: float) -> None:
    def scaled(channels: int) -> int:
        return channels if channels == 3 else max(1, round(channels * width))

    for name, module in list(net.named_modules()):
        if isinstance(module, nn.Conv2d):
            conv = nn.Conv2d(
                scaled(module.in_channels),
                scaled(module.out_channels),
                module.kernel_size,  # type: ignore[arg-type]
                module.stride,  # type: ignore[arg-type]
                module.padding,  # type: ignore[arg-type]
                bias=False,
            )
            nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
            net.set_submodule(name, conv)
        elif isinstance(module, nn.BatchNorm2d):
            net.set_submodule(name, nn.BatchNorm2d(scaled(module.num_features)))
