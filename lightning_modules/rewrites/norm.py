"""Normalisations in the place of BatchNorm."""

from torch import nn

from lightning_modules.rewrites.base import Rewrite, replace


class GroupNorm(Rewrite):
    """Group normalisation in the place of every BatchNorm (Wu & He 2018, eq. 7): statistics over C/G, H, W.

    Args:
        groups: Groups G, or channels a group if `per_group` is set.
        per_group: Count channels a group instead (the paper's other form, table 3), so that thin layers fit.

    Raises:
        ValueError: If groups is below 1, or does not divide a layer's channels (the layer and the numbers that
            would do are named).
    """

    def __init__(self, groups: int = 32, per_group: bool = False) -> None:
        if groups < 1:
            raise ValueError(f"GroupNorm: groups must be at least 1, got {groups}")
        self.groups = groups
        self.per_group = per_group

    def __call__(self, network: nn.Module) -> nn.Module:
        replace(network, nn.BatchNorm2d, self._group_norm)
        return network

    def _group_norm(self, name: str, norm: nn.BatchNorm2d) -> nn.Module:
        channels = norm.num_features
        if channels % self.groups:
            fits = [g for g in range(1, channels + 1) if channels % g == 0]
            raise ValueError(
                f"GroupNorm: {self.groups} does not divide the {channels} channels of {name}; these would: {fits}"
            )
        groups = channels // self.groups if self.per_group else self.groups
        return nn.GroupNorm(groups, channels, eps=norm.eps, affine=norm.affine)
