"""Base class of the detection heads: pyramid in, classes and boxes of all anchors out; no loss inside."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from lightning_modules.boxes import BACKGROUND, Cell, Targets, laid_out, pad, tile


class Predictions(NamedTuple):
    """What a head says of every anchor, all levels in a row, fine to coarse.

    Args:
        logits: (N, A, C), or C + 1 where background has a logit of its own, the last.
        deltas: (N, A, 4), the box as the head's `encode` writes it.
        centerness: (N, A), logits of how central the anchor is in its object, or None.
    """

    logits: Tensor
    deltas: Tensor
    centerness: Tensor | None = None


class BoxHead(nn.Module, ABC):
    """Base class of the detection heads.

    Its constructor gets the levels, the number of classes and whether background has a logit of its own. It sets
    `cells`, the anchors at one place of each level, and `strides`. A head also says which object an anchor is to find
    and how its box is written, so that a task need not know.

    Shape:
        A list of (N, C_i, H_i, W_i), fine to coarse → `Predictions`.
    """

    cells: tuple[Cell, ...]
    strides: tuple[int, ...]

    @abstractmethod
    def forward(self, pyramid: list[Tensor]) -> Predictions:
        raise NotImplementedError

    @abstractmethod
    def match(self, boxes: Tensor, anchors: Tensor) -> Tensor:
        """The box (A,) of every anchor of an image: its index, or `BACKGROUND` or `IGNORED`.

        Args:
            boxes: (M, 4), M at least 1.
            anchors: (A, 4).
        """
        raise NotImplementedError

    @abstractmethod
    def encode(self, boxes: Tensor, anchors: Tensor) -> Tensor:
        """Deltas to the anchors, (…, 4), (…, 4) → (…, 4)."""
        raise NotImplementedError

    @abstractmethod
    def decode(self, deltas: Tensor, anchors: Tensor) -> Tensor:
        """The inverse of `encode`."""
        raise NotImplementedError

    def anchors(self, image: Tensor) -> Tensor:
        """The anchors (A, 4) of images (N, 3, H, W)."""
        height, width = image.shape[-2:]
        lay = laid_out if torch.compiler.is_exporting() else tile
        return lay(self.cells, self.strides, (height, width), image.device)

    def targets(self, boxes: Sequence[Tensor], labels: Sequence[Tensor], anchors: Tensor) -> Targets:
        """The targets of every anchor in a batch.

        Args:
            boxes: (n_i, 4) for each image, n_i may be 0.
            labels: (n_i,) for each image.
            anchors: (A, 4).
        """
        nobody = torch.full((len(anchors),), BACKGROUND, device=anchors.device)
        # Image by image: all at once, an image would take the memory of the fullest.
        match = torch.stack([self.match(each, anchors) if len(each) else nobody for each in boxes])
        return Targets.of(match, *pad(boxes, labels))
