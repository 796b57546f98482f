"""Orthogonal initialisation."""

from functools import partial

from torch import nn

from lightning_modules.layers import check_scale
from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.redraw import redraw


class Orthogonal(Rewrite):
    """Weights that are orthogonal matrices (Saxe et al. 2014, "Exact Solutions to … Deep Linear …"), as in `redraw`.

    Args:
        gain: Length of the rows, or of the columns where these are fewer; √2 makes up for ReLU, 1 is the paper's, for
            linear networks.

    Raises:
        ValueError: If the gain is not positive.
    """

    def __init__(self, gain: float = 2**0.5) -> None:
        check_scale(self, gain=gain)
        self.gain = gain

    def __call__(self, network: nn.Module) -> nn.Module:
        return redraw(network, partial(nn.init.orthogonal_, gain=self.gain))
