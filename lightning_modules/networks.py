"""Networks as plain torch: backbone → context → fusion → head."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from torch import Tensor, nn

from lightning_modules.backbones import Backbone
from lightning_modules.heads import BoxHead, PixelHead, Predictions
from lightning_modules.layers import Level, resize_to
from lightning_modules.pyramid import PyramidBlock

BackboneSlot: TypeAlias = Callable[[], Backbone]
BlockSlot: TypeAlias = Callable[[Sequence[Level]], PyramidBlock]
PixelHeadSlot: TypeAlias = Callable[[Sequence[Level], int], PixelHead]
BoxHeadSlot: TypeAlias = Callable[[Sequence[Level], int, bool], BoxHead]


class Features(nn.Module):
    """Backbone → context → fusion: an image becomes the pyramid that a head reads.

    Args:
        backbone: Makes the backbone.
        context: Makes the block that enriches the deepest level, or None.
        fusion: Makes the block that merges levels, or None.

    Shape:
        (N, 3, H, W) → a list of (N, C_i, H_i, W_i), one for each of `self.levels`, fine to coarse.
    """

    def __init__(self, backbone: BackboneSlot, context: BlockSlot | None, fusion: BlockSlot | None) -> None:
        super().__init__()
        self.backbone = backbone()
        self.levels = self.backbone.levels
        self.context = context(self.levels) if context else None
        self.levels = self.context.levels if self.context else self.levels
        self.fusion = fusion(self.levels) if fusion else None
        self.levels = self.fusion.levels if self.fusion else self.levels

    def forward(self, image: Tensor) -> list[Tensor]:
        pyramid = self.backbone(image)
        if self.context:
            pyramid = self.context(pyramid)
        return self.fusion(pyramid) if self.fusion else pyramid


class SegmentationNetwork(nn.Module):
    """Features, a head, and logits brought back to the image's size.

    Without fusion only the deepest level reaches the head, as in FCN-32s and DeepLabV3.

    Args:
        features: Backbone → context → fusion.
        head: Makes the head from the levels that it reads and `num_classes`.
        num_classes: Classes to tell apart.

    Shape:
        (N, 3, H, W) → logits (N, num_classes, H, W).
    """

    def __init__(self, features: Features, head: PixelHeadSlot, num_classes: int) -> None:
        super().__init__()
        self.features = features
        self.head = head(features.levels if features.fusion else features.levels[-1:], num_classes)

    def forward(self, image: Tensor) -> Tensor:
        pyramid = self.features(image)
        return resize_to(self.head(pyramid if self.features.fusion else pyramid[-1:]), like=image)


class DetectionNetwork(nn.Module):
    """Features and a head on all of their levels, with fusion or without (as in SSD, Liu et al. 2016).

    Args:
        features: Backbone → context → fusion.
        head: Makes the head from the levels, `num_classes` and `background_logit`.
        num_classes: Classes to tell apart.
        background_logit: Whether background has a logit of its own.

    Shape:
        (N, 3, H, W) → `Predictions` for all anchors.
    """

    def __init__(self, features: Features, head: BoxHeadSlot, num_classes: int, background_logit: bool) -> None:
        super().__init__()
        self.features = features
        self.head = head(features.levels, num_classes, background_logit)

    def forward(self, image: Tensor) -> Predictions:
        return self.head(self.features(image))
