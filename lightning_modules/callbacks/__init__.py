"""Callbacks that act on the training or look at it."""

from lightning_modules.callbacks.copy_paste import CopyPaste
from lightning_modules.callbacks.cut_mix import CutMix
from lightning_modules.callbacks.ema import EMA
from lightning_modules.callbacks.gradient_monitor import GradientMonitor
from lightning_modules.callbacks.l1_proximal import L1Proximal
from lightning_modules.callbacks.lookahead import Lookahead
from lightning_modules.callbacks.mix_up import MixUp
from lightning_modules.callbacks.mosaic import Mosaic
from lightning_modules.callbacks.penalty import L1Penalty, L2Penalty
from lightning_modules.callbacks.sparsity import Sparsity
from lightning_modules.callbacks.swa import SWA

__all__ = [
    "EMA",
    "SWA",
    "CopyPaste",
    "CutMix",
    "GradientMonitor",
    "L1Penalty",
    "L1Proximal",
    "L2Penalty",
    "Lookahead",
    "MixUp",
    "Mosaic",
    "Sparsity",
]
