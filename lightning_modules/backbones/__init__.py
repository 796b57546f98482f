"""Backbones: image in, pyramid out."""

from lightning_modules.backbones.base import Backbone
from lightning_modules.backbones.resnet import ResNet
from lightning_modules.backbones.tiny import Tiny

__all__ = ["Backbone", "ResNet", "Tiny"]
