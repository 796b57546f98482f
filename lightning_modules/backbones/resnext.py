"""torchvision's ResNeXts as backbones."""

from typing import Literal

from torch import Tensor

from lightning_modules.backbones.base import Backbone, run_stages, stage_levels
from lightning_modules.backbones.dilation import check_output_stride
from lightning_modules.backbones.resnet import resnet_stages
from lightning_modules.backbones.weights import torchvision_model


class ResNeXt(Backbone):
    """ResNets with grouped 3 × 3 convolutions (Xie et al. 2017, table 1), with torchvision's modules and weights.

    Args:
        variant: Depth, groups and channels a group: 50_32x4d, 101_32x8d or 101_64x4d.
        weights: Name of a torchvision weights entry (`DEFAULT`, `IMAGENET1K_V1` …), downloaded on first use.
        output_stride: Stride of the last level: 32, 16 or 8, by dilation as in `ResNet`.

    Shape:
        (N, 3, H, W) → four levels at strides 4, 8, 16 and 32, capped at `output_stride`, with 256, 512, 1024 and
        2048 channels.

    Raises:
        ValueError: If no model or weights have that name, or the output stride is none of the three.
        ConnectionError: If the weights cannot be downloaded; says how to go on.
    """

    def __init__(
        self,
        variant: Literal["50_32x4d", "101_32x8d", "101_64x4d"] = "50_32x4d",
        weights: str | None = None,
        output_stride: Literal[8, 16, 32] = 32,
    ) -> None:
        super().__init__()
        check_output_stride(self, output_stride)
        net = torchvision_model(f"resnext{variant}", weights)
        self.stem, self.stages = resnet_stages(net, output_stride)
        self.levels = stage_levels(self.stages, output_stride)

    def forward(self, image: Tensor) -> list[Tensor]:
        return run_stages(self.stem(image), self.stages)
