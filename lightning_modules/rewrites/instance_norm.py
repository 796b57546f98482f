"""Instance normalisation."""

from torch import nn

from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.norms import BatchNorm, replace_norms


class InstanceNorm(Rewrite):
    """Instance normalisation in the place of every BatchNorm (Ulyanov et al. 2016): statistics over H, W.

    γ and β are taken over. A map of 1 × 1 has one value per channel, which would be subtracted from itself: it is
    refused.

    Raises:
        ValueError: If there is no BatchNorm, or, in use, a norm gets a map of 1 × 1.
    """

    def __call__(self, network: nn.Module) -> nn.Module:
        return replace_norms(self, network, self._instance_norm)

    def _instance_norm(self, _: str, norm: BatchNorm) -> nn.Module:
        return nn.InstanceNorm2d(norm.num_features, norm.eps, affine=norm.affine)
