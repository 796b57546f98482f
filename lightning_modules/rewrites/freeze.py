"""Parts that do not train."""

from collections.abc import Sequence

from torch import nn
from torchvision.ops import FrozenBatchNorm2d

from lightning_modules.parts import named
from lightning_modules.rewrites.base import Rewrite, replace
from lightning_modules.rewrites.norms import BatchNorm


class Freeze(Rewrite):
    """Freeze parts of the network: no gradients, and BatchNorm with fixed statistics, scale and shift.

    Usual for the first stages of a pretrained backbone (Yosinski et al. 2014, "How transferable are features in deep
    neural networks?", fig. 2; He et al. 2016, app. A, for BatchNorm). Put it behind rewrites that replace layers.

    Args:
        parts: Parts of the network, as stretches of its parameters' names: `stem`, `stages.0`, `backbone` …

    Raises:
        ValueError: If no part is given, or the network has no such part.
    """

    def __init__(self, parts: Sequence[str] = ("stem",)) -> None:
        if not parts:
            raise ValueError("Freeze: parts must name one part or more, got none")
        self.parts = parts

    def __call__(self, network: nn.Module) -> nn.Module:
        for name in [name for part in self.parts for name in named(network, part, "Freeze")]:
            network.get_parameter(name).requires_grad_(False)
        replace(network, BatchNorm, _frozen)
        return network


def _frozen(_: str, norm: BatchNorm) -> nn.Module:
    """A frozen one for a norm that does not train; timm's has its activation as a child, which stays."""
    if not norm.affine or norm.weight.requires_grad:
        return norm
    frozen = FrozenBatchNorm2d(norm.num_features, norm.eps)
    frozen.load_state_dict(norm.state_dict())
    return nn.Sequential(frozen, *norm.children()) if [*norm.children()] else frozen
