"""Boxes of which a crop leaves little."""

from functools import partial
from typing import Any

import pytest
import torch
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from datamodules.transforms.samples import Sample, Samples
from datamodules.transforms.visible import transform_boxes
from tests.datamodules.coco_layout import coco, document, make, write
from tests.datamodules.numbered import NumberedData

BOXES = [[0.0, 0.0, 10.0, 10.0], [20.0, 10.0, 30.0, 30.0], [34.0, 2.0, 38.0, 38.0]]


class Boxed:
    """One image of 40×40 with three boxes, labelled 0, 1 and 2."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> Sample:
        return {
            "image": tv_tensors.Image(torch.zeros(3, 40, 40, dtype=torch.uint8)),
            "boxes": tv_tensors.BoundingBoxes(BOXES, format="XYXY", canvas_size=(40, 40)),
            "labels": torch.arange(3),
        }


def kept(*transforms: v2.Transform, least: float = 0.25) -> list[int]:
    samples = Samples(Boxed(), transforms, 0, (0, 0, 0), (1, 1, 1), min_visible=least)
    return samples[0, 0]["labels"].tolist()


def crop(top: int, left: int, height: int, width: int) -> v2.Transform:
    return v2.Lambda(partial(F.crop, top=top, left=left, height=height, width=width), tv_tensors.TVTensor)


@pytest.mark.parametrize(("least", "labels"), [(0.0, [0, 1, 2]), (0.02, [0, 1, 2]), (0.03, [1, 2]), (0.5, [1, 2])])
def test_a_box_of_which_a_crop_leaves_2_of_100_pixels_is_dropped(least, labels):
    assert kept(crop(8, 9, 32, 31), least=least) == labels


def test_shares_of_several_crops_multiply():
    half, half_again = crop(0, 0, 40, 25), crop(20, 0, 20, 25)
    assert kept(half) == [0, 1]
    assert kept(half, half_again) == [1]  # a quarter of it
    assert kept(half, half_again, least=0.26) == []


@pytest.mark.parametrize(
    "transform",
    [
        v2.Resize((10, 10)),
        v2.RandomHorizontalFlip(1.0),
        v2.RandomAffine(0, scale=(0.5, 0.6)),
        v2.RandomRotation((20, 20), expand=True),
        v2.RandomZoomOut(side_range=(2.0, 2.0), p=1.0),
        v2.Pad(7),
        v2.Compose([v2.RandomApply([v2.Resize((80, 60))], 1.0), v2.ColorJitter(0.5)]),
    ],
    ids=lambda transform: type(transform).__name__,
)
def test_boxes_that_stay_in_sight_are_kept(transform):
    assert kept(transform, least=0.95) == [0, 1, 2]


def test_what_is_cut_off_and_padded_again_is_out_of_sight():
    assert kept(v2.RandomApply([crop(8, 9, 32, 31), v2.Pad(20)], 1.0)) == [1, 2]


def test_a_transform_that_leaves_boxes_out_goes_on_with_its_own():
    big = v2.SanitizeBoundingBoxes(min_area=150)
    assert kept(big) == [1]
    assert kept(crop(0, 0, 40, 25), big) == []
    assert kept(v2.Compose([crop(0, 0, 40, 30), big])) == [1]
    torch.manual_seed(0)
    assert set(kept(v2.RandomIoUCrop())) <= {0, 1, 2}


def test_a_transform_of_ones_own_that_knows_no_corners_is_no_crop():
    class Halve(v2.Transform):
        def forward(self, sample: dict[str, Any]) -> dict[str, Any]:
            image, boxes = F.resize(sample["image"], [20, 20]), F.resize(sample["boxes"], [20, 20])
            return {"image": image, "boxes": boxes, "labels": sample["labels"]}

    assert kept(Halve(), least=1.0) == [0, 1, 2]


def test_boxes_beside_those_that_are_dropped_do_not_change():
    sample = Boxed()[0]
    moved, seen = transform_boxes(crop(8, 9, 32, 31), sample, torch.ones(3), 0.1)
    assert moved.keys() == sample.keys()
    assert torch.equal(moved["boxes"], F.crop(sample["boxes"], 8, 9, 32, 31)[1:])
    assert seen.tolist() == pytest.approx([1, 30 / 36])


@pytest.mark.parametrize(("least", "boxes"), [(0.25, 0), (0.0, 1)])
def test_the_share_is_an_argument_of_every_data_module(tmp_path, least, boxes):
    """An object of 8×6 pixels in a corner, of which a crop of the middle leaves one."""
    root, content = make(tmp_path), document()
    content["annotations"] = [{"id": 1, "image_id": 20, "category_id": 7, "bbox": [0, 0, 3, 3]}]
    write(root, "train", content)
    data = coco(root, train_transforms=[crop(2, 2, 4, 6)], flip=0.0, min_visible=least)
    batch = next(iter(data.train_dataloader()))
    assert sum(map(len, batch["boxes"])) == boxes


def test_the_share_lies_between_0_and_1():
    with pytest.raises(ValueError, match=r"min_visible must lie in \[0, 1\], got 1.5"):
        NumberedData(min_visible=1.5)
