"""Public data sets, by the folders that are theirs alone."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias, cast

from datamodules.layouts.annotations import ImagesAndBoxes
from datamodules.layouts.boxes import BoxData
from datamodules.layouts.masks import ImagesAndMasks, MaskData
from datamodules.named.ade20k import Ade20k
from datamodules.named.cityscapes import Cityscapes
from datamodules.named.coco2017 import Coco2017Boxes, Coco2017Masks
from datamodules.named.oxford_pets import OxfordPets
from datamodules.named.pascal import PascalBoxes, PascalMasks
from datamodules.named.penn_fudan import PennFudanBoxes, PennFudanMasks
from datamodules.named.sbd import Sbd
from datamodules.recognise.recognised import Recognised

Kind: TypeAlias = type[MaskData] | type[BoxData]

MARKS: dict[tuple[str, ...], tuple[Kind, ...]] = {
    ("leftImg8bit", "gtFine"): (Cityscapes,),
    ("VOCdevkit/VOC2012",): (PascalMasks, PascalBoxes),
    ("annotations/instances_train2017.json", "train2017"): (Coco2017Masks, Coco2017Boxes),
    ("oxford-iiit-pet",): (OxfordPets,),
    ("ADEChallengeData2016",): (Ade20k,),
    ("PennFudanPed",): (PennFudanMasks, PennFudanBoxes),
    ("img", "cls", "train.txt", "val.txt"): (Sbd,),
}


def recognise(root: Path) -> Iterator[Recognised]:
    """Those whose folders lie as their names' data modules read them."""
    for marks, kinds in MARKS.items():
        if all((root / mark).exists() for mark in marks):
            yield from (_read(kind, root) for kind in kinds)


def _read(kind: Kind, root: Path) -> Recognised:
    data = kind(str(root), size=(32, 32))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # who reads the data says it
        source = data.dataset("train").source
    if isinstance(data, MaskData):
        return Recognised("Segmentation", kind.__name__, {}, data.classes, cast(ImagesAndMasks, source).files)
    return Recognised("Detection", kind.__name__, {}, data.box_classes, cast(ImagesAndBoxes, source).files)
