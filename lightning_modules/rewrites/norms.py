"""Another normalisation in the place of BatchNorm."""

from collections.abc import Callable

from torch import nn

from lightning_modules.rewrites.base import Rewrite, replace


def replace_norms(rewrite: Rewrite, network: nn.Module, new: Callable[[str, nn.BatchNorm2d], nn.Module]) -> nn.Module:
    """Put `new(name, norm)` in the place of every BatchNorm; it takes over γ, β and statistics where it has them.

    timm's BatchNorm has its activation as a child; that one stays.

    Raises:
        ValueError: If there is no BatchNorm.
    """

    def make(name: str, norm: nn.BatchNorm2d) -> nn.Module:
        made = new(name, norm)
        if made is norm:
            return norm
        made.load_state_dict(norm.state_dict(), strict=False)
        return nn.Sequential(made, *norm.children()) if [*norm.children()] else made

    if not replace(network, nn.BatchNorm2d, make):
        raise ValueError(f"{type(rewrite).__name__}: the network has no BatchNorm that could be replaced")
    return network
