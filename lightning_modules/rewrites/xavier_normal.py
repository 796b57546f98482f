"""Xavier initialisation, normal."""

from torch import nn

from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.redraw import redraw


class XavierNormal(Rewrite):
    """Normal weights of variance 2 / (fan_in + fan_out) (Glorot & Bengio 2010, eq. 12), as in `redraw`.

    Keeps activations and gradients level where units are linear around zero; ReLU halves both at every layer.
    """

    def __call__(self, network: nn.Module) -> nn.Module:
        return redraw(network, nn.init.xavier_normal_)
