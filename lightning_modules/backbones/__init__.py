"""Backbones: image in, pyramid out."""

from lightning_modules.backbones.base import Backbone
from lightning_modules.backbones.convnext import ConvNeXt
from lightning_modules.backbones.efficientnet import EfficientNet
from lightning_modules.backbones.efficientnet_lite import EfficientNetLite0
from lightning_modules.backbones.mobilenet_v3 import MobileNetV3
from lightning_modules.backbones.resnet import ResNet
from lightning_modules.backbones.resnext import ResNeXt
from lightning_modules.backbones.simple_pyramid import SimplePyramid
from lightning_modules.backbones.swin import Swin
from lightning_modules.backbones.timm_features import Timm
from lightning_modules.backbones.tiny import Tiny

__all__ = [
    "Backbone",
    "ConvNeXt",
    "EfficientNet",
    "EfficientNetLite0",
    "MobileNetV3",
    "ResNeXt",
    "ResNet",
    "SimplePyramid",
    "Swin",
    "Timm",
    "Tiny",
]
