"""Data sets for dense prediction; imported here, so that their short names resolve in YAML."""

from datamodules.digits.classes import DigitClasses
from datamodules.digits.dense import Digits
from datamodules.layouts.class_folders import ClassFolders
from datamodules.layouts.coco.boxes import CocoBoxes
from datamodules.layouts.coco.masks import CocoMasks
from datamodules.layouts.folder import ImageMaskFolder
from datamodules.layouts.instances.boxes import InstanceBoxes
from datamodules.layouts.instances.masks import InstanceMasks
from datamodules.layouts.splits import Splits
from datamodules.layouts.table.boxes import TableBoxes
from datamodules.layouts.voc import VocBoxes
from datamodules.layouts.yolo.boxes import YoloBoxes
from datamodules.layouts.yolo.masks import YoloMasks
from datamodules.loading.base import DenseData
from datamodules.named.ade20k import Ade20k
from datamodules.named.camvid import CamVid
from datamodules.named.cityscapes import Cityscapes
from datamodules.named.coco2017 import Coco2017Boxes, Coco2017Masks
from datamodules.named.oxford_pets import OxfordPets
from datamodules.named.pascal import PascalBoxes, PascalMasks
from datamodules.named.penn_fudan import PennFudanBoxes, PennFudanMasks
from datamodules.named.sbd import Sbd

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
