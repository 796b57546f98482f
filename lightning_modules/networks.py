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
        self.levels = self.encoded = self.context.levels if self.context else self.levels
        self.fusion = fusion(self.levels) if fusion else None
        self.levels = self.fusion.levels if self.fusion else self.levels

    def encode(self, image: Tensor) -> list[Tensor]:
        """The pyramid before fusion, one map for each of `self.encoded`."""
        pyramid = self.backbone(image)
        return self.context(pyramid) if self.context else pyramid

    def forward(self, image: Tensor) -> list[Tensor]:
        pyramid = self.encode(image)
        return self.fusion(pyramid) if self.fusion else pyramid


class SegmentationNetwork(nn.Module):
    """Features, a head, and logits brought back to the image's size.

    Without fusion only the deepest level reaches the head, as in FCN-32s and DeepLabV3.

    Args:
        features: Backbone → context → fusion.
        head: Makes the head from the levels that it reads and `num_classes`.
        num_classes: Classes to tell apart.
        auxiliary: Makes a second head, on the level before the deepest, for training alone; or None.

    Shape:
        (N, 3, H, W) → logits (N, num_classes, H, W).

    Raises:
        ValueError: If there is an auxiliary head, but no level before the deepest.
    """

    def __init__(
        self, features: Features, head: PixelHeadSlot, num_classes: int, auxiliary: PixelHeadSlot | None = None
    ) -> None:
        super().__init__()
        if auxiliary and len(features.encoded) < 2:
            raise ValueError("SegmentationNetwork: auxiliary reads the level before the deepest, but there is only one")
        self.features = features
        self.head = head(features.levels if features.fusion else features.levels[-1:], num_classes)
        self.auxiliary = auxiliary(features.encoded[-2:-1], num_classes) if auxiliary else None

    def forward(self, image: Tensor) -> Tensor:
        return self._decode(self.features.encode(image), image)

    def with_auxiliary(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """The logits, and those of the auxiliary head, which there must be."""
        assert self.auxiliary is not None
        encoded = self.features.encode(image)
        return self._decode(encoded, image), resize_to(self.auxiliary(encoded[-2:-1]), like=image)

    def _decode(self, encoded: list[Tensor], image: Tensor) -> Tensor:
        pyramid = self.features.fusion(encoded) if self.features.fusion else encoded[-1:]
        return resize_to(self.head(pyramid), like=image)


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
