"""Drop path in the wrong place."""

from typing import Any

from torch import Tensor, nn

from lightning_modules import layers
from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.residual import growing_rates


class MisplacedDropPath(Rewrite):
    """Drop path around the whole residual block, shortcut included: x = drop_path(f(x)), a counter-example.

    A dropped sample loses everything that it was, where `DropPath` keeps the shortcut (Huang et al. 2016, eq. 2). The
    rates are those of `DropPath`.

    Args:
        rate: Rate of the last block, in [0, 1).

    Raises:
        ValueError: If the rate is outside [0, 1) or the network has no residual block.
    """

    def __init__(self, rate: float = 0.2) -> None:
        layers.check_rate(self, rate=rate)
        self.rate = rate

    def __call__(self, network: nn.Module) -> nn.Module:
        for block, rate in growing_rates(self, network, self.rate):
            block.register_module("misplaced", layers.DropPath(rate))
            block.register_forward_hook(_drop_output)  # a module around the block would rename its weights
        return network


def _drop_output(block: nn.Module, _: Any, output: Tensor) -> Tensor:
    return block.get_submodule("misplaced")(output)
