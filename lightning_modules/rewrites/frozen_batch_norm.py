"""BatchNorm as pretraining left it."""

from collections.abc import Sequence

from torch import nn
from torchvision.ops import FrozenBatchNorm2d

from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.norms import BatchNorm, replace_norms
from lightning_modules.rewrites.prefixes import Part, prefixes_of


class FrozenBatchNorm(Rewrite):
    """BatchNorm with γ, β and statistics fixed (He et al. 2016, "Deep Residual Learning", app. A).

    Meant for pretrained weights: a norm that never trained is an identity when frozen. So the backbone's alone are
    frozen by default.

    Args:
        parts: Of the network, whose norms are frozen: any of backbone, context, fusion, head.

    Raises:
        ValueError: If the parts are none or unknown, or have no BatchNorm.
    """

    def __init__(self, parts: Sequence[Part] = ("backbone",)) -> None:
        self.prefixes = prefixes_of(self, parts)

    def __call__(self, network: nn.Module) -> nn.Module:
        return replace_norms(self, network, self._frozen)

    def _frozen(self, name: str, norm: BatchNorm) -> nn.Module:
        return FrozenBatchNorm2d(norm.num_features, norm.eps) if name.startswith(self.prefixes) else norm
