"""Data sets for dense prediction; imported here, so that their short names resolve in YAML."""

from datamodules.base import DenseData
from datamodules.class_folders import ClassFolders
from datamodules.coco import CocoBoxes
from datamodules.coco_masks import CocoMasks
from datamodules.digit_classes import DigitClasses
from datamodules.digits import Digits
from datamodules.folder import ImageMaskFolder
from datamodules.instance_boxes import InstanceBoxes
from datamodules.instance_masks import InstanceMasks
from datamodules.named.ade20k import Ade20k
from datamodules.named.camvid import CamVid
from datamodules.named.cityscapes import Cityscapes
from datamodules.named.coco2017 import Coco2017Boxes, Coco2017Masks
from datamodules.named.oxford_pets import OxfordPets
from datamodules.named.pascal import PascalBoxes, PascalMasks
from datamodules.named.penn_fudan import PennFudanBoxes, PennFudanMasks
from datamodules.named.sbd import Sbd
from datamodules.splits import Splits
from datamodules.table import TableBoxes
from datamodules.voc import VocBoxes
from datamodules.yolo import YoloBoxes
from datamodules.yolo_masks import YoloMasks

__all__ = [
    "Ade20k",
    "CamVid",
    "Cityscapes",
    "ClassFolders",
    "Coco2017Boxes",
    "Coco2017Masks",
    "CocoBoxes",
    "CocoMasks",
    "DenseData",
    "DigitClasses",
    "Digits",
    "ImageMaskFolder",
    "InstanceBoxes",
    "InstanceMasks",
    "OxfordPets",
    "PascalBoxes",
    "PascalMasks",
    "PennFudanBoxes",
    "PennFudanMasks",
    "Sbd",
    "Splits",
    "TableBoxes",
    "VocBoxes",
    "YoloBoxes",
    "YoloMasks",
]
