"""torchvision's EfficientNets as backbones."""

from typing import Literal

from torch import Tensor, nn

from lightning_modules.backbones.base import Backbone, run_stages, stage_levels
from lightning_modules.backbones.batch_norm import set_momentum
from lightning_modules.backbones.dilation import check_output_stride, dilate, too_coarse
from lightning_modules.backbones.weights import torchvision_model, torchvision_normalization


class EfficientNet(Backbone):
    """EfficientNet-B0 to B7 (Tan & Le 2019, table 1) and V2 (2021, table 4), with torchvision's modules and weights.

    The pyramid is EfficientDet's (Tan et al. 2020, fig. 3): the last blocks at each stride, without the 1 × 1
    convolution that feeds the classifier. Weights that were trained under another normalisation than ImageNet's
    (V2-L) get it.

    Args:
        variant: b0 to b7, v2_s, v2_m or v2_l.
        weights: Name of a torchvision weights entry (`DEFAULT`, `IMAGENET1K_V1` …), downloaded on first use.
        output_stride: Stride of the last level: 32, 16 or 8, by dilation as in `ResNet`.
        bn_momentum: Momentum of BatchNorm. torchvision's is 0.01 in B5 to B7, too slow for runs of a few hundred
            steps.

    Shape:
        (N, 3, H, W) → four levels at strides 4, 8, 16 and 32, capped at `output_stride`; B0's have 24, 40, 112 and
        320 channels.

    Raises:
        ValueError: If no model or weights have that name, the output stride is none of the three, or the momentum
            is outside (0, 1].
        ConnectionError: If the weights cannot be downloaded; says how to go on.
    """

    def __init__(
        self,
        variant: Literal["b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7", "v2_s", "v2_m", "v2_l"] = "b0",
        weights: str | None = None,
        output_stride: Literal[8, 16, 32] = 32,
        bn_momentum: float = 0.1,
    ) -> None:
        super().__init__()
        check_output_stride(self, output_stride)
        name = f"efficientnet_{variant}"
        features = torchvision_model(name, weights).features
        set_momentum(self, features, bn_momentum)
        self.normalize = torchvision_normalization(name, weights)
        self.stages = efficientnet_stages(features, output_stride)
        self.levels = stage_levels(self.stages, output_stride)

    def forward(self, image: Tensor) -> list[Tensor]:
        return run_stages(self.normalize(image), self.stages)


def efficientnet_stages(features: nn.Sequential, output_stride: int) -> nn.ModuleList:
    """The four stages of a torchvision EfficientNet, dilated; what feeds its classifier is left behind."""
    stages = [features[:3], features[3:4], features[4:6], features[6:-1]]
    for stage, rate in too_coarse(stages, output_stride):
        dilate(stage, rate, strided=rate // 2)
    return nn.ModuleList(stages)
