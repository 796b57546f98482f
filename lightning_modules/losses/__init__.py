"""Losses: one file each."""

from lightning_modules.losses.base import ClassificationLoss, PixelLoss
from lightning_modules.losses.cross_entropy import CrossEntropy
from lightning_modules.losses.focal import Focal

__all__ = ["ClassificationLoss", "CrossEntropy", "Focal", "PixelLoss"]
