"""torchvision's MobileNetV3 as a backbone."""

from typing import Literal

from torch import Tensor, nn

from lightning_modules.backbones.base import Backbone, run_stages, stage_levels
from lightning_modules.backbones.batch_norm import set_momentum
from lightning_modules.backbones.dilation import check_output_stride, dilate, too_coarse
from lightning_modules.backbones.weights import torchvision_model

STARTS = {"small": (2, 4, 9), "large": (4, 7, 13)}  # the blocks that go to strides 8, 16 and 32


class MobileNetV3(Backbone):
    """MobileNetV3 (Howard et al. 2019, tables 1 and 2), with torchvision's modules and weights.

    The last level includes the 1 × 1 convolution that follows the blocks, and an output stride of 16 dilates all of
    the last stage by 2, both as in torchvision's `deeplabv3_mobilenet_v3_large`.

    Args:
        variant: small or large.
        weights: Name of a torchvision weights entry (`DEFAULT`, `IMAGENET1K_V1` …), downloaded on first use.
        output_stride: Stride of the last level: 32, 16 or 8.
        bn_momentum: Momentum of BatchNorm. torchvision's is 0.01, too slow for runs of a few hundred steps.

    Shape:
        (N, 3, H, W) → four levels at strides 4, 8, 16 and 32, capped at `output_stride`, with 16, 24, 48 and 576
        (small) or 24, 40, 112 and 960 (large) channels.

    Raises:
        ValueError: If no model or weights have that name, the output stride is none of the three, or the momentum
            is outside (0, 1].
        ConnectionError: If the weights cannot be downloaded; says how to go on.
    """

    def __init__(
        self,
        variant: Literal["small", "large"] = "large",
        weights: str | None = None,
        output_stride: Literal[8, 16, 32] = 32,
        bn_momentum: float = 0.1,
    ) -> None:
        super().__init__()
        check_output_stride(self, output_stride)
        features = torchvision_model(f"mobilenet_v3_{variant}", weights).features
        set_momentum(self, features, bn_momentum)
        to_8, to_16, to_32 = STARTS[variant]
        stages = [features[:to_8], features[to_8:to_16], features[to_16:to_32], features[to_32:]]
        for stage, rate in too_coarse(stages, output_stride):
            dilate(stage, rate, strided=rate)
        self.stages = nn.ModuleList(stages)
        self.levels = stage_levels(self.stages, output_stride)

    def forward(self, image: Tensor) -> list[Tensor]:
        return run_stages(image, self.stages)
