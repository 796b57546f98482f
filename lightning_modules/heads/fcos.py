"""The head of FCOS."""

from collections.abc import Sequence

import torch
from torch import Tensor

from lightning_modules.boxes import decode_distances, encode_distances, match_by_centre
from lightning_modules.heads.box import BoxHead, Predictions
from lightning_modules.heads.towers import Classifier, Predictor, Tower
from lightning_modules.layers import Level, check_levels, check_positive, check_scale


class FCOSHead(BoxHead):
    """One box at every place, as distances to its sides, and no anchors (Tian et al. 2019, "FCOS", fig. 2).

    In its second form (Tian et al. 2020, "FCOS: A simple and strong anchor-free object detector"): only places near
    an object's centre are to find it, distances are in strides, and centerness branches off the box tower. A place's
    "anchor" is a square of one stride around it: where it is, and the unit of its distances.

    Distances are made positive by `positive`. The first form has exp, which overflows; the second, and torchvision, a
    ReLU, behind which a branch that was pushed below 0 gets no gradient any more: its boxes have no area for good.

    Args:
        levels: Levels of the pyramid; all are read.
        num_classes: Classes to tell apart.
        background_logit: Whether background has a logit of its own.
        channels: Channels of both towers.
        depth: Convolutions of each tower.
        norm: Whether the towers have norms, as in `Tower`; the paper has GroupNorm, which the rewrite makes of them.
        prior: Probability of an object that training starts with, as in `Classifier`.
        centerness: Whether centerness is learnt, and lowers the scores of boxes measured from their edges.
        radius: How far from an object's centre a place may be to find it, in strides; 1e6 for anywhere in its box.
        reach: Largest distance that a level is to find, in strides: the paper's 64 pixels at stride 8 are 8.

    Shape:
        Levels (N, C_i, H_i, W_i) → `Predictions` of one box at every place.

    Raises:
        ValueError: If there are no levels, a size is below 1, or radius or reach is not positive.
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
        centerness: bool = True,
        radius: float = 1.5,
        reach: float = 8.0,
    ) -> None:
        super().__init__()
        check_levels(self, levels)
        check_positive(self, num_classes=num_classes, channels=channels, depth=depth)
        check_scale(self, reach=reach)
        if not radius > 0:
            raise ValueError(f"FCOSHead: radius must be positive, got {radius}")
        self.strides = tuple(level.stride for level in levels)
        self.cells = tuple(((stride, stride),) for stride in self.strides)
        self.radius, self.reach = radius, reach
        self.class_tower = Tower(levels, channels, depth, norm)
        self.box_tower = Tower(levels, channels, depth, norm)
        self.classify = Classifier(channels, 1, num_classes, background_logit, prior)
        self.regress = Predictor(channels, 1, 4)
        self.centerness = Predictor(channels, 1, 1) if centerness else None

    def forward(self, pyramid: list[Tensor]) -> Predictions:
        logits = self.classify(self.class_tower(pyramid))
        boxes = self.box_tower(pyramid)
        centerness = self.centerness(boxes).squeeze(2) if self.centerness else None
        return Predictions(logits, positive(self.regress(boxes)), centerness)

    def match(self, boxes: Tensor, anchors: Tensor) -> Tensor:
        return match_by_centre(boxes, anchors, sorted(set(self.strides)), self.radius, self.reach)

    def encode(self, boxes: Tensor, anchors: Tensor) -> Tensor:
        return encode_distances(boxes, anchors)

    def decode(self, deltas: Tensor, anchors: Tensor) -> Tensor:
        return decode_distances(deltas, anchors)


def positive(x: Tensor) -> Tensor:
    """1 + x from 0 on and 1 / (1 − x) below: smooth and positive, 1 at 0, and with a gradient that is never lost.

    Above 0 it grows like a ReLU, and so does not overflow; far below, its slope 1 / (1 − x)² falls by a power of x and
    not exponentially, as that of exp and softplus does.

    Shape:
        Any → the same.
    """
    return torch.where(x >= 0, 1 + x, 1 / (1 + x.abs()))
