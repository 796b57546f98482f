"""Drop path in every residual block."""

from torch import nn

from lightning_modules import layers
from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.residual import BRANCH_END, DROP_PATHS, growing_rates


class DropPath(Rewrite):
    """Stochastic depth, x + drop_path(f(x)), with a rate that grows from block to block (Huang et al. 2016, eq. 4).

    Block l of L gets the rate l/L · `rate`.

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
            if type(block) in BRANCH_END:
                _drop_after(block, BRANCH_END[type(block)], rate)
            else:
                for place in (name for name in DROP_PATHS if hasattr(block, name)):
                    setattr(block, place, layers.DropPath(rate))
        return network


def _drop_after(block: nn.Module, end: str, rate: float) -> None:
    branch = getattr(block, end)
    if isinstance(branch, nn.Sequential):  # appended, so that the weights before it keep their names
        branch.append(layers.DropPath(rate))
    else:
        setattr(block, end, nn.Sequential(branch, layers.DropPath(rate)))
