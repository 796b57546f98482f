"""torchvision's ConvNeXts as backbones."""

from typing import Literal

from torch import Tensor, nn
from torchvision.models.convnext import LayerNorm2d

from lightning_modules.backbones.base import Backbone, run_stages, stage_levels
from lightning_modules.backbones.dilation import check_output_stride
from lightning_modules.backbones.patches import PadTo
from lightning_modules.backbones.weights import torchvision_model


class ConvNeXt(Backbone):
    """ConvNeXt (Liu et al. 2022, fig. 4 and table 9), with torchvision's modules and weights.

    A LayerNorm of its own follows each level, as in the paper's detection and segmentation code. Patches do not
    overlap, so a stage cannot trade its stride for dilation and its weights still fit.

    Args:
        variant: tiny, small, base or large.
        weights: Name of a torchvision weights entry (`DEFAULT`, `IMAGENET1K_V1` …), downloaded on first use.
        output_stride: Stride of the last level: 32.

    Shape:
        (N, 3, H, W) → four levels at strides 4, 8, 16 and 32; tiny's have 96, 192, 384 and 768 channels.

    Raises:
        ValueError: If no model or weights have that name, or the output stride is not 32.
        ConnectionError: If the weights cannot be downloaded; says how to go on.
    """

    def __init__(
        self,
        variant: Literal["tiny", "small", "base", "large"] = "tiny",
        weights: str | None = None,
        output_stride: int = 32,
    ) -> None:
        super().__init__()
        check_output_stride(self, output_stride, possible=(32,))
        stem, stage_4, *coarser = torchvision_model(f"convnext_{variant}", weights).features
        self.stages = nn.ModuleList([nn.Sequential(PadTo(4), stem, stage_4)])
        for (norm, patches), stage in zip(coarser[::2], coarser[1::2], strict=True):
            self.stages.append(nn.Sequential(norm, PadTo(2), patches, stage))
        self.levels = stage_levels(self.stages)
        self.norms = nn.ModuleList(LayerNorm2d(level.channels, eps=1e-6) for level in self.levels)

    def forward(self, image: Tensor) -> list[Tensor]:
        return [norm(x) for norm, x in zip(self.norms, run_stages(image, self.stages), strict=True)]
