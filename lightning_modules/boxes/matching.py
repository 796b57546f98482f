"""Which object each anchor is to find."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torchvision.ops import box_iou

BACKGROUND = -1
IGNORED = -2


class Targets(NamedTuple):
    """The targets of every anchor.

    Args:
        labels: (N, A), the class of the anchor's object, `BACKGROUND` or `IGNORED`.
        boxes: (N, A, 4), the box of its object; of no meaning where there is none.
    """

    labels: Tensor
    boxes: Tensor

    @property
    def matched(self) -> Tensor:
        """Whether an anchor has an object, (N, A)."""
        return self.labels >= 0

    @classmethod
    def of(cls, match: Tensor, boxes: Tensor, labels: Tensor) -> "Targets":
        """Look up each anchor's object; `match` (N, A) is its index, `BACKGROUND` or `IGNORED`."""
        index = match.clamp(min=0)
        return cls(labels.gather(1, index).where(match >= 0, match), boxes.take_along_dim(index.unsqueeze(-1), dim=1))


def pad(boxes: Sequence[Tensor], labels: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """The objects of a batch as two tensors: empty boxes labelled `BACKGROUND` fill them up, at least one an image.

    Shape:
        N times (n_i, 4), N times (n_i,) → (N, M, 4), (N, M), where M = 1 + the largest n_i.
    """
    padded = pad_sequence([F.pad(rows, (0, 0, 0, 1)) for rows in boxes], batch_first=True)
    filled = [F.pad(row, (0, 1), value=BACKGROUND) for row in labels]
    return padded, pad_sequence(filled, batch_first=True, padding_value=BACKGROUND)


def match_by_overlap(boxes: Tensor, anchors: Tensor, foreground_iou: float, background_iou: float) -> Tensor:
    """Each anchor of an image gets the box that it overlaps most (Lin et al. 2017, "Focal Loss", sec. 4).

    It has to overlap it by `foreground_iou`. Below `background_iou` it is background, in between it is ignored. A
    box's best anchors are not background, however small the overlap (Ren et al. 2015, "Faster R-CNN", sec. 3.1.2, as in
    torchvision and Detectron); a box that overlaps no anchor is nobody's.

    Args:
        boxes: (M, 4), M at least 1.
        anchors: (A, 4).
        foreground_iou: Least IoU of a match.
        background_iou: IoU below which an anchor is background.

    Shape:
        → (A,), the index of the box, `BACKGROUND` or `IGNORED`.
    """
    iou = box_iou(boxes, anchors)
    overlap, match = iou.max(dim=0)
    largest = iou.amax(dim=1, keepdim=True)
    best = (iou == largest.where(largest > 0, torch.inf)).any(dim=0)
    without = torch.where(overlap < background_iou, BACKGROUND, IGNORED)
    return match.where((overlap >= foreground_iou) | best, without)


def match_by_centre(boxes: Tensor, anchors: Tensor, octaves: Sequence[int], radius: float, reach: float) -> Tensor:
    """Each anchor of an image gets the smallest box around its centre that is its level's to find.

    A level finds what reaches, from the anchor's centre, further than `reach` strides of the next finer level and no
    further than `reach` of its own; the finest level has no lower, the coarsest no upper bound (Tian et al. 2019,
    "FCOS", sec. 3.1–3.2). The anchor has to be closer than `radius` strides to the box's centre (Tian et al. 2020,
    "FCOS", sec. 3.1: centre sampling).

    Args:
        boxes: (M, 4), M at least 1.
        anchors: (A, 4), squares as wide as the level's stride.
        octaves: The strides, ascending, each once.
        radius: In strides; infinite for no centre sampling.
        reach: In strides.

    Shape:
        → (A,), the index of the box or `BACKGROUND`.
    """
    centre, stride = (anchors[:, :2] + anchors[:, 2:]) / 2, anchors[:, 2] - anchors[:, 0]
    before, behind = centre - boxes[:, None, :2], boxes[:, None, 2:] - centre  # (M, A, 2)
    bounds = anchors.new_tensor(octaves[:-1])
    farthest = torch.maximum(before, behind).amax(dim=-1)
    candidate = (
        (torch.minimum(before, behind).amin(dim=-1) > 0)
        & ((before - behind).abs().amax(dim=-1) / 2 < radius * stride)
        & (torch.bucketize(farthest, reach * bounds) == torch.bucketize(stride, bounds))
    )
    area = (boxes[:, 2:] - boxes[:, :2]).prod(dim=-1, keepdim=True)
    smallest, match = area.where(candidate, torch.inf).min(dim=0)
    return match.where(smallest < torch.inf, BACKGROUND)
