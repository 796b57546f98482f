"""Losses: one file each."""

from lightning_modules.losses.balanced_l1 import BalancedL1
from lightning_modules.losses.base import ClassificationLoss, PixelLoss
from lightning_modules.losses.box import BoxLoss
from lightning_modules.losses.ciou import CIoU
from lightning_modules.losses.class_weights import ClassWeights, EffectiveNumber, InverseFrequency
from lightning_modules.losses.cross_entropy import CrossEntropy
from lightning_modules.losses.dice import Dice
from lightning_modules.losses.diou import DIoU
from lightning_modules.losses.focal import Focal
from lightning_modules.losses.giou import GIoU
from lightning_modules.losses.huber import Huber
from lightning_modules.losses.iou import IoU
from lightning_modules.losses.l1 import L1
from lightning_modules.losses.l2 import L2
from lightning_modules.losses.lovasz import LovaszSoftmax
from lightning_modules.losses.ohem import OHEM
from lightning_modules.losses.sigmoid_focal import SigmoidFocal
from lightning_modules.losses.smooth_l1 import SmoothL1
from lightning_modules.losses.tversky import Tversky
from lightning_modules.losses.weighted_sum import WeightedSum

__all__ = [
    "L1",
    "L2",
    "OHEM",
    "BalancedL1",
    "BoxLoss",
    "CIoU",
    "ClassWeights",
    "ClassificationLoss",
    "CrossEntropy",
    "DIoU",
    "Dice",
    "EffectiveNumber",
    "Focal",
    "GIoU",
    "Huber",
    "InverseFrequency",
    "IoU",
    "LovaszSoftmax",
    "PixelLoss",
    "SigmoidFocal",
    "SmoothL1",
    "Tversky",
    "WeightedSum",
]
