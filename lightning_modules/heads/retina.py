"""The head of RetinaNet."""

import math
from collections.abc import Sequence

from torch import Tensor

from lightning_modules.boxes import Cell, decode_offsets, encode_offsets, match_by_overlap
from lightning_modules.heads.box import BoxHead, Predictions
from lightning_modules.heads.towers import Classifier, Predictor, Tower
from lightning_modules.layers import Level, check_levels, check_positive, check_scale


class RetinaHead(BoxHead):
    """Anchors of several sizes and shapes at every place (Lin et al. 2017, "Focal Loss", fig. 3 and sec. 4).

    Args:
        levels: Levels of the pyramid; all are read.
        num_classes: Classes to tell apart.
        background_logit: Whether background has a logit of its own.
        channels: Channels of both towers.
        depth: Convolutions of each tower.
        norm: Whether the towers have norms, as in `Tower`.
        prior: Probability of an object that training starts with, as in `Classifier`.
        scale: Size of a level's smallest anchors in its strides: the paper's 32 pixels at stride 8 are 4.
        scales_per_octave: Sizes from a level's smallest up to twice that, evenly spaced on a log scale.
        ratios: Heights of the anchors over their widths.
        foreground_iou: IoU with an object from which on it is assigned to an anchor.
        background_iou: IoU with all objects below which it is background; in between it is ignored.

    Shape:
        Levels (N, C_i, H_i, W_i) → `Predictions` of scales_per_octave · |ratios| anchors at every place.

    Raises:
        ValueError: If there are no levels, a size is below 1, a scale or ratio is not positive, or the IoUs are not
            0 ≤ background ≤ foreground ≤ 1.
    """

    def __init__(
        self,
        levels: Sequence[Level],
        num_classes: int,
        background_logit: bool,
        channels: int = 256,
        depth: int = 4,
        norm: bool = False,
        prior: float | None = 0.01,
        scale: float = 4.0,
        scales_per_octave: int = 3,
        ratios: Sequence[float] = (0.5, 1.0, 2.0),
        foreground_iou: float = 0.5,
        background_iou: float = 0.4,
    ) -> None:
        super().__init__()
        check_levels(self, levels)
        check_positive(self, num_classes=num_classes, channels=channels, depth=depth)
        check_positive(self, scales_per_octave=scales_per_octave)
        check_scale(self, scale=scale)
        if not ratios or not all(0 < ratio < math.inf for ratio in ratios):
            raise ValueError(f"RetinaHead: ratios must be positive and finite, at least one, got {list(ratios)}")
        if not 0 <= background_iou <= foreground_iou <= 1:
            raise ValueError(
                "RetinaHead: 0 ≤ background_iou ≤ foreground_iou ≤ 1 must hold, "
                f"got {background_iou} and {foreground_iou}"
            )
        self.strides = tuple(level.stride for level in levels)
        scales = [scale * 2 ** (i / scales_per_octave) for i in range(scales_per_octave)]
        self.cells = tuple(_cell([s * stride for s in scales], ratios) for stride in self.strides)
        self.foreground_iou, self.background_iou = foreground_iou, background_iou
        anchors = len(self.cells[0])
        self.class_tower = Tower(levels, channels, depth, norm)
        self.box_tower = Tower(levels, channels, depth, norm)
        self.classify = Classifier(channels, anchors, num_classes, background_logit, prior)
        self.regress = Predictor(channels, anchors, 4)

    def forward(self, pyramid: list[Tensor]) -> Predictions:
        return Predictions(self.classify(self.class_tower(pyramid)), self.regress(self.box_tower(pyramid)))

    def match(self, boxes: Tensor, anchors: Tensor) -> Tensor:
        return match_by_overlap(boxes, anchors, self.foreground_iou, self.background_iou)

    def encode(self, boxes: Tensor, anchors: Tensor) -> Tensor:
        return encode_offsets(boxes, anchors)

    def decode(self, deltas: Tensor, anchors: Tensor) -> Tensor:
        return decode_offsets(deltas, anchors)


def _cell(sizes: Sequence[float], ratios: Sequence[float]) -> Cell:
    """Widths and heights with the area size² and the ratio h/w."""
    return tuple((size / ratio**0.5, size * ratio**0.5) for ratio in ratios for size in sizes)
