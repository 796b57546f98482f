"""Data sets for dense prediction; imported here, so that their short names resolve in YAML."""

from datamodules.base import DenseData
from datamodules.camvid import CamVid
from datamodules.digits import Digits
from datamodules.folder import ImageMaskFolder

__all__ = ["CamVid", "DenseData", "Digits", "ImageMaskFolder"]
