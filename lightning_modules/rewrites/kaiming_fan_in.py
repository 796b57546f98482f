"""Kaiming initialisation by fan-in."""

from functools import partial

from torch import nn

from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.redraw import redraw


class KaimingFanIn(Rewrite):
    """Normal weights of variance 2 / fan_in (He et al. 2015, "Delving Deep into Rectifiers", eq. 10), as in `redraw`.

    Keeps activations level through ReLU layers.
    """

    def __call__(self, network: nn.Module) -> nn.Module:
        return redraw(network, partial(nn.init.kaiming_normal_, mode="fan_in", nonlinearity="relu"))
