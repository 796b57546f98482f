"""The smallest parts: what blocks, backbones and heads are made of."""

from lightning_modules.layers.bins import BinAverage, BinMax
from lightning_modules.layers.checks import (
    check_choice,
    check_levels,
    check_odd,
    check_positive,
    check_rate,
    check_scale,
    check_weight,
)
from lightning_modules.layers.conv import ConvNormAct, relu
from lightning_modules.layers.dilated_depthwise import DilatedDepthwise
from lightning_modules.layers.drop_path import DropPath
from lightning_modules.layers.group_norm import GroupNorm
from lightning_modules.layers.level import Level
from lightning_modules.layers.resize import repeat_to, resize_to
from lightning_modules.layers.separable import SeparableConv, SeparableConvNormAct
from lightning_modules.layers.shift import Shift
from lightning_modules.layers.strided import StridedConv2d
from lightning_modules.layers.sync_batch_norm import SyncBatchNorm
from lightning_modules.ranks import is_shared, mean_over_ranks, sum_over_ranks

__all__ = [
    "BinAverage",
    "BinMax",
    "ConvNormAct",
    "DilatedDepthwise",
    "DropPath",
    "GroupNorm",
    "Level",
    "SeparableConv",
    "SeparableConvNormAct",
    "Shift",
    "StridedConv2d",
    "SyncBatchNorm",
    "check_choice",
    "check_levels",
    "check_odd",
    "check_positive",
    "check_rate",
    "check_scale",
    "check_weight",
    "is_shared",
    "mean_over_ranks",
    "relu",
    "repeat_to",
    "resize_to",
    "sum_over_ranks",
]
