"""Another normalisation in the place of BatchNorm."""

from collections.abc import Callable

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm as BatchNorm  # torch's own, timm's, and `layers.SyncBatchNorm`

from lightning_modules.rewrites.base import Rewrite, replace

__all__ = ["BatchNorm", "replace_norms"]


def replace_norms(rewrite: Rewrite, network: nn.Module, new: Callable[[str, BatchNorm], nn.Module]) -> nn.Module:
    """Put `new(name, norm)` in the place of every BatchNorm; it takes over γ, β and statistics where it has them.

    timm's BatchNorm has its activation as a child; that one stays.

    Raises:
        ValueError: If there is no BatchNorm.
    """

    def make(name: str, norm: BatchNorm) -> nn.Module:
        made = new(name, norm)
        if made is norm:
            return norm
        made.load_state_dict(norm.state_dict(), strict=False)
        return nn.Sequential(made, *norm.children()) if [*norm.children()] else made

    if not replace(network, BatchNorm, make):
        raise ValueError(f"{type(rewrite).__name__}: the network has no BatchNorm that could be replaced")
    return network
