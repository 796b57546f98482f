"""Rewrites: what acts throughout a network, as a change to the network once it is built."""

from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.channels_last import ChannelsLast
from lightning_modules.rewrites.drop_path import DropPath
from lightning_modules.rewrites.dropout import Dropout
from lightning_modules.rewrites.dropout2d import Dropout2d
from lightning_modules.rewrites.freeze import Freeze
from lightning_modules.rewrites.frozen_batch_norm import FrozenBatchNorm
from lightning_modules.rewrites.group_norm import GroupNorm
from lightning_modules.rewrites.inits import (
    KaimingFanIn,
    KaimingFanOut,
    Normal,
    Orthogonal,
    TruncatedNormal,
    XavierNormal,
    XavierUniform,
)
from lightning_modules.rewrites.instance_norm import InstanceNorm
from lightning_modules.rewrites.layer_norm import LayerNorm
from lightning_modules.rewrites.misplaced_drop_path import MisplacedDropPath
from lightning_modules.rewrites.no_norm import NoNorm
from lightning_modules.rewrites.no_shortcut import NoShortcut
from lightning_modules.rewrites.separable import Separable
from lightning_modules.rewrites.sync_batch_norm import SyncBatchNorm
from lightning_modules.rewrites.zero_gamma import ZeroGamma

__all__ = [
    "ChannelsLast",
    "DropPath",
    "Dropout",
    "Dropout2d",
    "Freeze",
    "FrozenBatchNorm",
    "GroupNorm",
    "InstanceNorm",
    "KaimingFanIn",
    "KaimingFanOut",
    "LayerNorm",
    "MisplacedDropPath",
    "NoNorm",
    "NoShortcut",
    "Normal",
    "Orthogonal",
    "Rewrite",
    "Separable",
    "SyncBatchNorm",
    "TruncatedNormal",
    "XavierNormal",
    "XavierUniform",
    "ZeroGamma",
]
