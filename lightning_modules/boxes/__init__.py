"""Boxes: where anchors lie, which object each gets, how a box is written as deltas, and how good detections are.

Boxes are x1, y1, x2, y2 in pixels. IoU, clipping and non-maximum suppression are torchvision's.
"""

from lightning_modules.boxes.anchors import Cell, laid_out, tile
from lightning_modules.boxes.average_precision import AveragePrecision, in_own_pixels
from lightning_modules.boxes.coding import (
    centerness,
    decode_distances,
    decode_offsets,
    encode_distances,
    encode_offsets,
)
from lightning_modules.boxes.matching import BACKGROUND, IGNORED, Targets, match_by_centre, match_by_overlap, pad
from lightning_modules.boxes.selection import select

__all__ = [
    "BACKGROUND",
    "IGNORED",
    "AveragePrecision",
    "Cell",
    "Targets",
    "centerness",
    "decode_distances",
    "decode_offsets",
    "encode_distances",
    "encode_offsets",
    "in_own_pixels",
    "laid_out",
    "match_by_centre",
    "match_by_overlap",
    "pad",
    "select",
    "tile",
]
