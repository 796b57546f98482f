"""Pyramid blocks: context (enrich the deepest level) and fusion (merge levels)."""

from lightning_modules.pyramid.base import PyramidBlock
from lightning_modules.pyramid.fpn import FPN
from lightning_modules.pyramid.ppm import PPM

__all__ = ["FPN", "PPM", "PyramidBlock"]
