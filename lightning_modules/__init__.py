"""Models and everything they are made of; imported here so that short class names resolve in YAML."""

from lightning_modules import backbones, callbacks, heads, losses, optim, pyramid, rewrites
from lightning_modules.classification import Classification
from lightning_modules.detection import Detection
from lightning_modules.segmentation import Segmentation

__all__ = [
    "Classification",
    "Detection",
    "Segmentation",
    "backbones",
    "callbacks",
    "heads",
    "losses",
    "optim",
    "pyramid",
    "rewrites",
]
