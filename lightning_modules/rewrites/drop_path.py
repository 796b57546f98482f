"""Drop path in every residual block."""

from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck
from torchvision.ops import StochasticDepth

from lightning_modules import layers
from lightning_modules.layers.residual import ResidualBlock
from lightning_modules.rewrites.base import Rewrite

# The last module of the residual branch: what comes after it is the sum.
BRANCH_END = {BasicBlock: "bn2", Bottleneck: "bn3", ResidualBlock: "branch"}


class DropPath(Rewrite):
    """Stochastic depth with a rate that grows linearly from block to block (Huang et al. 2016, eq. 4).

    Block l of L gets the rate l/L · `rate`. torchvision's own `StochasticDepth` modules are set likewise.

    Args:
        rate: Rate of the last block, in [0, 1).

    Raises:
        ValueError: If the rate is outside [0, 1) or the network has no residual block.
    """

    def __init__(self, rate: float = 0.2) -> None:
        self.rate = layers.DropPath(rate).rate

    def __call__(self, network: nn.Module) -> nn.Module:
        blocks = [m for m in network.modules() if isinstance(m, (*BRANCH_END, StochasticDepth))]
        if not blocks:
            raise ValueError("DropPath: the network has no residual block to drop; choose another backbone")
        for i, block in enumerate(blocks, start=1):
            rate = self.rate * i / len(blocks)
            if isinstance(block, StochasticDepth):
                block.p = rate
            else:
                end = BRANCH_END[type(block)]
                setattr(block, end, nn.Sequential(getattr(block, end), layers.DropPath(rate)))
        return network
