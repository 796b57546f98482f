"""The smallest parts: what blocks, backbones and heads are made of."""

from lightning_modules.layers.conv import ConvNormAct
from lightning_modules.layers.drop_path import DropPath
from lightning_modules.layers.level import Level
from lightning_modules.layers.resize import resize_to

__all__ = ["ConvNormAct", "DropPath", "Level", "resize_to"]
