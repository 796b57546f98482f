"""A pyramid from a plain vision transformer."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models.convnext import LayerNorm2d

from lightning_modules.backbones.base import Backbone
from lightning_modules.backbones.timm_features import Timm
from lightning_modules.layers import Level, check_positive

EPS = 1e-6  # the authors' code; torch has 1e-5


class SimplePyramid(Backbone):
    """Four levels from the last map of a plain vision transformer (Li et al. 2022, "Plain ViT Backbones", fig. 2).

    Transposed convolutions double the map once and twice, a max pooling halves it; a 1 × 1 and a 3 × 3 convolution,
    each with a LayerNorm over the channels, bring every level to `channels`. There is no fusion: the last map alone is
    read.

    The transformer is any of timm's (`pip install 'trickbench[timm]'`) that takes images of any size; its attention is
    global, without the paper's windows. Its patches must be of 4, 8, 16 … pixels; DINOv2's of 14 become 16 by the
    options `{patch_size: 16}`, for which timm resamples its weights.

    Args:
        name: As in `timm.list_models`: vit_tiny_patch16_224, vit_small_patch14_dinov2 …
        pretrained: Load timm's weights, downloaded on first use.
        channels: Channels of every level (the paper's 256).
        options: Further arguments of `timm.create_model`.

    Shape:
        (N, 3, H, W) → four levels at a quarter, a half, once and twice the patch: strides 4, 8, 16 and 32 for patches
        of 16.

    Raises:
        ValueError: If timm has no network of that name or cannot make it, the patch is not a multiple of 4, or the
            channels are below 1.
        ImportError: If timm is not installed.
        ConnectionError: If the weights cannot be downloaded; says how to go on.
    """

    def __init__(
        self,
        name: str = "vit_tiny_patch16_224",
        pretrained: bool = False,
        channels: int = 256,
        options: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        check_positive(self, channels=channels)
        self.plain = Timm(name, pretrained, out_indices=1, options={"dynamic_img_size": True, **(options or {})})
        ((width, patch),) = self.plain.levels
        if patch % 4:
            raise ValueError(
                f"SimplePyramid: the patch must be a multiple of 4 pixels, got {patch} of {name}; say another by "
                "options: {patch_size: 16}"
            )
        self.levels = tuple(Level(channels, stride) for stride in (patch // 4, patch // 2, patch, 2 * patch))
        half, quarter = max(1, width // 2), max(1, width // 4)
        doubled = [nn.ConvTranspose2d(width, half, 2, 2), LayerNorm2d(half, EPS), nn.GELU()]
        self.scales = nn.ModuleList(
            nn.Sequential(*scaled, *_smooth(inputs, channels))
            for inputs, scaled in (
                (quarter, [*doubled, nn.ConvTranspose2d(half, quarter, 2, 2)]),
                (half, [nn.ConvTranspose2d(width, half, 2, 2)]),
                (width, []),
                (width, [nn.MaxPool2d(2)]),
            )
        )

    def forward(self, image: Tensor) -> list[Tensor]:
        height, width = image.shape[-2:]
        coarsest = self.levels[-1].stride
        (deepest,) = self.plain(F.pad(image, (0, -width % coarsest, 0, -height % coarsest)))
        maps = [scaled(deepest) for scaled in self.scales]
        cut = [((height + s - 1) // s, (width + s - 1) // s) for _, s in self.levels]  # up; ONNX divides −5 by 2 to −2
        return [x[..., :h, :w] for x, (h, w) in zip(maps, cut, strict=True)]


def _smooth(inputs: int, channels: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, channels, 1, bias=False),
        LayerNorm2d(channels, EPS),
        nn.Conv2d(channels, channels, 3, padding=1, bias=False),
        LayerNorm2d(channels, EPS),
    ]
