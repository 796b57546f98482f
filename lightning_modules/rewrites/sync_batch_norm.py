"""Synchronised batch normalisation."""

from torch import nn

from lightning_modules import layers
from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.norms import BatchNorm, replace_norms


class SyncBatchNorm(Rewrite):
    """`layers.SyncBatchNorm` in the place of every BatchNorm: statistics over N, H, W of all processes.

    In one process it changes nothing. γ, β and statistics are taken over.

    Raises:
        ValueError: If there is no BatchNorm.
    """

    def __call__(self, network: nn.Module) -> nn.Module:
        return replace_norms(self, network, self._sync_batch_norm)

    def _sync_batch_norm(self, _: str, norm: BatchNorm) -> nn.Module:
        return layers.SyncBatchNorm(norm.num_features, norm.eps, norm.momentum, norm.affine, norm.track_running_stats)
