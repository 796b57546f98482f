"""Initialisation by a normal distribution without its tails."""

from functools import partial

from torch import nn

from lightning_modules.layers import check_scale
from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.redraw import redraw


class TruncatedNormal(Rewrite):
    """Normal weights cut at two standard deviations (Touvron et al. 2021, "DeiT", sec. 6), as in `redraw`.

    Args:
        std: Standard deviation before the cut; 0.88 of it remains.

    Raises:
        ValueError: If std is not positive.
    """

    def __init__(self, std: float = 0.02) -> None:
        check_scale(self, std=std)
        self.std = std

    def __call__(self, network: nn.Module) -> nn.Module:
        return redraw(network, partial(nn.init.trunc_normal_, std=self.std, a=-2 * self.std, b=2 * self.std))
