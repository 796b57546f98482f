"""Data sets for dense prediction; imported here, so that their short names resolve in YAML."""

from datamodules.base import DenseData
from datamodules.camvid import CamVid
from datamodules.coco import CocoBoxes
from datamodules.coco_masks import CocoMasks
from datamodules.digit_classes import DigitClasses
from datamodules.digits import Digits
from datamodules.folder import ImageMaskFolder
from datamodules.instance_boxes import InstanceBoxes
from datamodules.instance_masks import InstanceMasks
from datamodules.splits import Splits
from datamodules.table import TableBoxes
from datamodules.voc import VocBoxes
from datamodules.yolo import YoloBoxes

__all__ = [
    "CamVid",
    "CocoBoxes",
    "CocoMasks",
    "DenseData",
    "DigitClasses",
    "Digits",
    "ImageMaskFolder",
    "InstanceBoxes",
    "InstanceMasks",
    "Splits",
    "TableBoxes",
    "VocBoxes",
    "YoloBoxes",
]
