"""Initialisation by a normal distribution of one width for all layers."""

from functools import partial

from torch import nn

from lightning_modules.layers import check_scale
from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.redraw import redraw


class Normal(Rewrite):
    """Normal weights of the same σ in every layer (Krizhevsky et al. 2012, "ImageNet Classification", sec. 5).

    What Xavier and Kaiming replaced: whatever the σ, some layers get too little and some too much, and the error
    multiplies with depth (He et al. 2015, sec. 2.2). Drawn as in `redraw`.

    Args:
        std: Standard deviation σ.

    Raises:
        ValueError: If std is not positive.
    """

    def __init__(self, std: float = 0.01) -> None:
        check_scale(self, std=std)
        self.std = std

    def __call__(self, network: nn.Module) -> nn.Module:
        return redraw(network, partial(nn.init.normal_, std=self.std))
