"""Heads: pyramid in, logits out, and in detection boxes too; no loss inside."""

from lightning_modules.heads.base import PixelHead
from lightning_modules.heads.box import BoxHead, Predictions
from lightning_modules.heads.fcn import FCNHead
from lightning_modules.heads.fcos import FCOSHead
from lightning_modules.heads.gap import GAPHead
from lightning_modules.heads.image import ImageHead
from lightning_modules.heads.linear import LinearHead
from lightning_modules.heads.retina import RetinaHead
from lightning_modules.heads.semantic_fpn import SemanticFPNHead
from lightning_modules.heads.spp import SPPHead
from lightning_modules.heads.uper import UPerHead

__all__ = [
    "BoxHead",
    "FCNHead",
    "FCOSHead",
    "GAPHead",
    "ImageHead",
    "LinearHead",
    "PixelHead",
    "Predictions",
    "RetinaHead",
    "SPPHead",
    "SemanticFPNHead",
    "UPerHead",
]
