"""Heads: pyramid in, logits out; no loss inside."""

from lightning_modules.heads.base import PixelHead
from lightning_modules.heads.fcn import FCNHead
from lightning_modules.heads.linear import LinearHead
from lightning_modules.heads.semantic_fpn import SemanticFPNHead
from lightning_modules.heads.uper import UPerHead

__all__ = ["FCNHead", "LinearHead", "PixelHead", "SemanticFPNHead", "UPerHead"]
