"""Residual blocks that start as identities."""

from torch import nn

from lightning_modules.layers import SyncBatchNorm
from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.residual import residual_blocks

NORMS = (nn.BatchNorm2d, SyncBatchNorm, nn.InstanceNorm2d, nn.GroupNorm)


class ZeroGamma(Rewrite):
    """γ = 0 in the last norm of every residual branch, so that each block starts as its shortcut.

    Goyal et al. 2017, "Accurate, Large Minibatch SGD", sec. 5.1. For training from scratch: it silences a pretrained
    branch. Blocks whose branch does not end in a norm that learns γ are left alone, ConvNeXt's among them, whose
    layer scale does the same.

    Raises:
        ValueError: If no residual branch ends in such a norm.
    """

    def __call__(self, network: nn.Module) -> nn.Module:
        lasts = [_last_layer(block) for block in residual_blocks(network)]
        norms = [last for last in lasts if isinstance(last, NORMS) and isinstance(last.weight, nn.Parameter)]
        if not norms:
            raise ValueError("ZeroGamma: the network has no residual branch that ends in a norm with γ")
        for norm in norms:
            nn.init.zeros_(norm.weight)
        return network


def _last_layer(block: nn.Module) -> nn.Module:
    """The last module of the residual branch that has a weight."""
    return [
        module
        for name, module in block.named_modules()
        if getattr(module, "weight", None) is not None and not name.startswith(("shortcut", "downsample"))
    ][-1]
