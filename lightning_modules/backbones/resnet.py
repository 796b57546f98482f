"""torchvision's ResNets as backbones."""

from typing import Literal

from torch import Tensor, nn

from lightning_modules.backbones.base import Backbone, run_stages
from lightning_modules.backbones.weights import torchvision_model
from lightning_modules.layers import Level


class ResNet(Backbone):
    """ResNet-18 to 101 (He et al. 2016, table 1), with torchvision's modules and weights.

    An output stride of 16 or 8 replaces the stride of the last one or two stages by dilation (Chen et al.
    2017, "Rethinking Atrous Convolution", fig. 3).

    Args:
        depth: 18, 34, 50 or 101.
        weights: Name of a torchvision weights entry (`DEFAULT`, `IMAGENET1K_V1` …), downloaded on first use.
        output_stride: Stride of the last level: 32, 16 or 8.
        width: Multiplier of all widths; weights exist for 1 only.

    Shape:
        (N, 3, H, W) → four levels at strides 4, 8, 16 and 32, capped at `output_stride`.

    Raises:
        ValueError: If the width is not positive, weights are asked for with a width other than 1, or no weights
            have that name.
    """

    def __init__(
        self,
        depth: Literal[18, 34, 50, 101] = 18,
        weights: str | None = None,
        output_stride: Literal[8, 16, 32] = 32,
        width: float = 1.0,
    ) -> None:
        super().__init__()
        if width <= 0:
            raise ValueError(f"ResNet: width must be positive, got {width}")
        if weights is not None and width != 1:
            raise ValueError(f"ResNet: weights exist for width 1 only, got weights={weights!r} with width={width}")
        net = torchvision_model(f"resnet{depth}", weights)
        if width != 1:
            _scale_widths(net, width)
        if output_stride <= 16:
            _dilate(net.layer4, first=16 // output_stride, rest=32 // output_stride)
        if output_stride == 8:
            _dilate(net.layer3, first=1, rest=2)
        self.stem = nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool)
        self.stages = nn.ModuleList([net.layer1, net.layer2, net.layer3, net.layer4])
        self.levels = tuple(
            Level(_out_channels(stage), min(stride, output_stride))
            for stage, stride in zip(self.stages, (4, 8, 16, 32), strict=True)
        )

    def forward(self, image: Tensor) -> list[Tensor]:
        return run_stages(self.stem(image), self.stages)


def _out_channels(stage: nn.Module) -> int:
    return [module.out_channels for module in stage.modules() if isinstance(module, nn.Conv2d)][-1]


def _dilate(stage: nn.Module, first: int, rest: int) -> None:
    """Trade the stage's stride for dilation; as in torchvision its first block keeps the rate from before."""
    for i, block in enumerate(stage.children()):
        rate = rest if i else first
        for conv in (module for module in block.modules() if isinstance(module, nn.Conv2d)):
            conv.stride = (1, 1)
            if conv.kernel_size == (3, 3):
                conv.dilation = conv.padding = (rate, rate)


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
