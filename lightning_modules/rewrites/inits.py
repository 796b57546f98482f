"""Initialisations: new weights for every convolution and linear layer, drawn so that arms stay paired."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from lightning_modules.layers import check_scale
from lightning_modules.pairing import stream
from lightning_modules.rewrites.base import Rewrite


def redraw(network: nn.Module, draw: Callable[[Tensor], object]) -> nn.Module:
    """Draw the weight of every convolution and linear layer anew; biases and norms stay.

    Every one: pretrained ones too, and those that a head draws in a way of its own. Transposed convolutions, which
    only FPA has, and in one of its forms, stay.

    Each weight has a stream named by the current one and by its own name, so a layer elsewhere shifts nothing.
    Each group of a grouped convolution is drawn as the small convolution that it is, with its own fans.

    Args:
        network: Changed in place.
        draw: Fills a weight (out, in, …) in place, as those of torch.nn.init do.
    """
    for name, module in network.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            with stream(torch.initial_seed(), f"{name}.weight"), torch.no_grad():
                for group in module.weight.chunk(getattr(module, "groups", 1)):
                    draw(group)
    return network


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


class XavierNormal(Rewrite):
    """Normal weights of variance 2 / (fan_in + fan_out) (Glorot & Bengio 2010, eq. 12), as in `redraw`.

    Keeps activations and gradients level where units are linear around zero; ReLU halves both at every layer.
    """

    def __call__(self, network: nn.Module) -> nn.Module:
        return redraw(network, nn.init.xavier_normal_)


class XavierUniform(Rewrite):
    """Uniform weights of variance 2 / (fan_in + fan_out) (Glorot & Bengio 2010, eq. 16), as in `redraw`.

    Keeps activations and gradients level where units are linear around zero; ReLU halves both at every layer.
    """

    def __call__(self, network: nn.Module) -> nn.Module:
        return redraw(network, nn.init.xavier_uniform_)


class KaimingFanIn(Rewrite):
    """Normal weights of variance 2 / fan_in (He et al. 2015, "Delving Deep into Rectifiers", eq. 10), as in `redraw`.

    Keeps activations level through ReLU layers.
    """

    def __call__(self, network: nn.Module) -> nn.Module:
        return redraw(network, partial(nn.init.kaiming_normal_, mode="fan_in", nonlinearity="relu"))


class KaimingFanOut(Rewrite):
    """Normal weights of variance 2 / fan_out (He et al. 2015, "Delving Deep into Rectifiers", eq. 14), as in `redraw`.

    Keeps gradients level through ReLU layers.
    """

    def __call__(self, network: nn.Module) -> nn.Module:
        return redraw(network, partial(nn.init.kaiming_normal_, mode="fan_out", nonlinearity="relu"))


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
