"""Models and everything they are made of; imported here so that short class names resolve in YAML."""

from lightning_modules import backbones, callbacks, heads, losses, optim, pyramid, rewrites
from lightning_modules.tasks import Classification, Detection, Segmentation
from lightning_modules.trained import load

__all__ = [
    "Classification",
    "Detection",
    "Segmentation",
    "backbones",
    "callbacks",
    "heads",
    "load",
    "losses",
    "optim",
    "pyramid",
    "rewrites",
]
