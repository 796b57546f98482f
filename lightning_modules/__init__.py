"""Models and everything they are made of; imported here so that short class names resolve in YAML."""

from lightning_modules import backbones, heads, losses, optim, pyramid, rewrites
from lightning_modules.segmentation import Segmentation

__all__ = ["Segmentation", "backbones", "heads", "losses", "optim", "pyramid", "rewrites"]
