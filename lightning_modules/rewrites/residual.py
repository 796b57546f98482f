"""The residual blocks of a network, whoever wrote them."""

from torch import nn
from torchvision.models.mobilenetv3 import InvertedResidual
from torchvision.models.resnet import BasicBlock, Bottleneck

from lightning_modules.layers.residual import ResidualBlock
from lightning_modules.rewrites.base import Rewrite

# The last module of the residual branch: what comes after it is the sum.
BRANCH_END = {ResidualBlock: "branch", BasicBlock: "bn2", Bottleneck: "bn3", InvertedResidual: "block"}
# Where other blocks of torchvision and timm have a place for drop path, filled or not.
DROP_PATHS = ("stochastic_depth", "drop_path", "drop_path1", "drop_path2")


def residual_blocks(network: nn.Module) -> list[nn.Module]:
    """The blocks that add a shortcut, from the image to the head."""
    return [module for module in network.modules() if _has_branch(module) and _has_shortcut(module)]


def growing_rates(rewrite: Rewrite, network: nn.Module, rate: float) -> list[tuple[nn.Module, float]]:
    """Every residual block with its rate: l/L · `rate` for block l of L (Huang et al. 2016, eq. 4).

    Raises:
        ValueError: If there is no residual block.
    """
    blocks = residual_blocks(network)
    if not blocks:
        raise ValueError(f"{type(rewrite).__name__}: the network has no residual block; choose another backbone")
    return [(block, rate * i / len(blocks)) for i, block in enumerate(blocks, start=1)]


def _has_branch(module: nn.Module) -> bool:
    return type(module) in BRANCH_END or any(hasattr(module, name) for name in DROP_PATHS)


def _has_shortcut(block: nn.Module) -> bool:
    """Blocks of mobile networks have one only where the shape stays: torchvision's word for it, and timm's."""
    return bool(getattr(block, "use_res_connect", getattr(block, "has_skip", True)))
