"""A box as deltas to its anchor, and back."""

import math

import torch
from torch import Tensor

LARGEST = math.log(1000 / 16)
"""Bound of a predicted log size, so that its exponential stays finite; Detectron's, and everybody's since."""


def encode_offsets(boxes: Tensor, anchors: Tensor) -> Tensor:
    """Shift of the centre in anchor sizes, and log of the size in anchor sizes (Girshick et al. 2014, app. C, eq. 6–9).

    Shape:
        Boxes (…, 4), anchors (…, 4) → deltas x, y, w, h (…, 4).
    """
    centre, size = _centre_and_size(boxes)
    anchor_centre, anchor_size = _centre_and_size(anchors)
    return torch.cat([(centre - anchor_centre) / anchor_size, (size / anchor_size).log()], dim=-1)


def decode_offsets(deltas: Tensor, anchors: Tensor) -> Tensor:
    """The boxes that `encode_offsets` made these deltas of (Girshick et al. 2014, app. C, eq. 1–4).

    Shape:
        Deltas (…, 4), anchors (…, 4) → boxes (…, 4), in float32 at least.
    """
    shift, log_size = _as_precise(deltas, anchors).chunk(2, dim=-1)
    anchor_centre, anchor_size = _centre_and_size(anchors)
    centre = anchor_centre + shift * anchor_size
    half = log_size.clamp(max=LARGEST).exp() * anchor_size / 2
    return torch.cat([centre - half, centre + half], dim=-1)


def encode_distances(boxes: Tensor, anchors: Tensor) -> Tensor:
    """Distances from the anchor's centre to the four sides, in anchor sizes (Tian et al. 2019, "FCOS", eq. 1).

    Positive throughout where the centre is inside the box.

    Shape:
        Boxes (…, 4), anchors (…, 4) → deltas left, top, right, bottom (…, 4).
    """
    centre, size = _centre_and_size(anchors)
    low, high = boxes.chunk(2, dim=-1)
    return torch.cat([(centre - low) / size, (high - centre) / size], dim=-1)


def decode_distances(deltas: Tensor, anchors: Tensor) -> Tensor:
    """The boxes that `encode_distances` made these deltas of.

    Shape:
        Deltas (…, 4), anchors (…, 4) → boxes (…, 4), in float32 at least.
    """
    low, high = _as_precise(deltas, anchors).chunk(2, dim=-1)
    centre, size = _centre_and_size(anchors)
    return torch.cat([centre - low * size, centre + high * size], dim=-1)


def centerness(boxes: Tensor, anchors: Tensor) -> Tensor:
    """√(min(l, r)/max(l, r) · min(t, b)/max(t, b)): 1 at the box's centre, 0 at its sides (Tian et al. 2019, eq. 3).

    Shape:
        Boxes (…, 4), anchors (…, 4) whose centres are inside → (…).
    """
    low, high = encode_distances(boxes, anchors).chunk(2, dim=-1)
    return (torch.minimum(low, high) / torch.maximum(low, high)).prod(dim=-1).sqrt()


def _centre_and_size(boxes: Tensor) -> tuple[Tensor, Tensor]:
    low, high = boxes.chunk(2, dim=-1)
    return (low + high) / 2, high - low


def _as_precise(deltas: Tensor, anchors: Tensor) -> Tensor:
    """Pixels of a large image need more digits than half precision has."""
    return deltas.to(torch.promote_types(deltas.dtype, anchors.dtype))
