"""Pyramid blocks: context (enrich the deepest level) and fusion (merge levels)."""

from lightning_modules.pyramid.aspp import ASPP
from lightning_modules.pyramid.base import PyramidBlock
from lightning_modules.pyramid.bifpn import BiFPN
from lightning_modules.pyramid.deeplab import DeepLabDecoder
from lightning_modules.pyramid.fpa import FPA
from lightning_modules.pyramid.fpn import FPN
from lightning_modules.pyramid.gau import GAU
from lightning_modules.pyramid.ocr import OCR
from lightning_modules.pyramid.one_level import OneLevel
from lightning_modules.pyramid.pafpn import PAFPN
from lightning_modules.pyramid.ppm import PPM
from lightning_modules.pyramid.spp import SPP, SPPF
from lightning_modules.pyramid.strip_pooling import StripPooling

__all__ = [
    "ASPP",
    "FPA",
    "FPN",
    "GAU",
    "OCR",
    "PAFPN",
    "PPM",
    "SPP",
    "SPPF",
    "BiFPN",
    "DeepLabDecoder",
    "OneLevel",
    "PyramidBlock",
    "StripPooling",
]
