"""torchvision's Swin Transformers as backbones."""

from typing import Literal

from torch import Tensor, nn

from lightning_modules.backbones.base import STRIDES, Backbone, run_stages
from lightning_modules.backbones.dilation import check_output_stride
from lightning_modules.backbones.patches import PadTo
from lightning_modules.backbones.weights import torchvision_model
from lightning_modules.layers import Level


class Swin(Backbone):
    """Swin Transformer (Liu et al. 2021, fig. 3) and V2 (2022), with torchvision's modules and weights.

    A LayerNorm of its own follows each level, as in the paper's detection and segmentation code. Patches are merged
    without overlap, so a stage cannot trade its stride for dilation and its weights still fit.

    Args:
        variant: t, s, b, v2_t, v2_s or v2_b.
        weights: Name of a torchvision weights entry (`DEFAULT`, `IMAGENET1K_V1` …), downloaded on first use.
        output_stride: Stride of the last level: 32.

    Shape:
        (N, 3, H, W) → four levels at strides 4, 8, 16 and 32; t's and s's have 96, 192, 384 and 768 channels, b's
        128, 256, 512 and 1024.

    Raises:
        ValueError: If no model or weights have that name, or the output stride is not 32.
        ConnectionError: If the weights cannot be downloaded; says how to go on.
    """

    def __init__(
        self,
        variant: Literal["t", "s", "b", "v2_t", "v2_s", "v2_b"] = "t",
        weights: str | None = None,
        output_stride: int = 32,
    ) -> None:
        super().__init__()
        check_output_stride(self, output_stride, possible=(32,))
        features = torchvision_model(f"swin_{variant}", weights).features
        first = nn.Sequential(PadTo(4), *features[:2])
        self.stages = nn.ModuleList([first, features[2:4], features[4:6], features[6:]])
        channels = features[1][0].norm1.normalized_shape[0]
        self.levels = tuple(Level(channels * 2**i, stride) for i, stride in enumerate(STRIDES))
        self.norms = nn.ModuleList(nn.LayerNorm(level.channels) for level in self.levels)

    def forward(self, image: Tensor) -> list[Tensor]:
        maps = run_stages(image, self.stages)  # channels last
        return [norm(x).permute(0, 3, 1, 2) for norm, x in zip(self.norms, maps, strict=True)]
