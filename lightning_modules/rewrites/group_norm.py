"""Group normalisation."""

from torch import nn

from lightning_modules import layers
from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.norms import BatchNorm, replace_norms


class GroupNorm(Rewrite):
    """Group normalisation in the place of every BatchNorm (Wu & He 2018, eq. 7): statistics over C/G, H, W.

    γ and β are taken over. A norm of one channel (FPA's attention) gets one group: no other number divides it.

    Args:
        groups: Groups G, or channels a group if `per_group` is set.
        per_group: Count channels a group instead (the paper's other form, table 3), so that thin layers fit.

    Raises:
        ValueError: If groups is below 1, does not divide a layer's channels (the layer and the numbers that would do
            are named), there is no BatchNorm, or, in use, a map of 1 × 1 has one channel per group, whose one value
            would be subtracted from itself.
    """

    def __init__(self, groups: int = 32, per_group: bool = False) -> None:
        layers.check_positive(self, groups=groups)
        self.groups = groups
        self.per_group = per_group

    def __call__(self, network: nn.Module) -> nn.Module:
        return replace_norms(self, network, self._group_norm)

    def _group_norm(self, name: str, norm: BatchNorm) -> nn.Module:
        channels = norm.num_features
        number = 1 if channels == 1 else self.groups
        if channels % number:
            fits = [g for g in range(1, channels + 1) if channels % g == 0]
            raise ValueError(
                f"GroupNorm: {number} does not divide the {channels} channels of {name}; these would: {fits}"
            )
        return layers.GroupNorm(channels // number if self.per_group else number, channels, norm.eps, norm.affine)
