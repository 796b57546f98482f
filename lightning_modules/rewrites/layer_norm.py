"""Layer normalisation."""

from torch import nn

from lightning_modules import layers
from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.norms import BatchNorm, replace_norms


class LayerNorm(Rewrite):
    """Layer normalisation in the place of every BatchNorm (Ba et al. 2016, eq. 3): statistics over C, H, W.

    For maps it is group normalisation with one group (Wu & He 2018, sec. 3.1), γ and β by channel; these are taken
    over.

    Raises:
        ValueError: If there is no BatchNorm, or, in use, a map of 1 × 1 has a single channel.
    """

    def __call__(self, network: nn.Module) -> nn.Module:
        return replace_norms(self, network, self._layer_norm)

    def _layer_norm(self, _: str, norm: BatchNorm) -> nn.Module:
        return layers.GroupNorm(1, norm.num_features, norm.eps, norm.affine)
