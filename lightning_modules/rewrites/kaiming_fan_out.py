"""Kaiming initialisation by fan-out."""

from functools import partial

from torch import nn

from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.redraw import redraw


class KaimingFanOut(Rewrite):
    """Normal weights of variance 2 / fan_out (He et al. 2015, "Delving Deep into Rectifiers", eq. 14), as in `redraw`.

    Keeps gradients level through ReLU layers.
    """

    def __call__(self, network: nn.Module) -> nn.Module:
        return redraw(network, partial(nn.init.kaiming_normal_, mode="fan_out", nonlinearity="relu"))
