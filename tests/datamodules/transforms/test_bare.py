"""What a transform lays bare of a mask, and what its `fill` says of it."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from datamodules.transforms.bare import IGNORE
from datamodules.transforms.samples import Sample, Samples
from experiments.trial import train
from tests.datamodules.loading.test_base import parse
from tests.datamodules.numbered import Numbered
from tests.experiments.tiny import fit

LABEL, LABELS = 3, 200
MAKE: dict[str, Callable[..., v2.Transform]] = {
    "ElasticTransform": lambda **fill: v2.ElasticTransform(200.0, 1.0, **fill),
    "Pad": lambda **fill: v2.Pad(2, **fill),
    "RandomAffine": lambda **fill: v2.RandomAffine(0, (0.6, 0.6), **fill),
    "RandomCrop": lambda **fill: v2.RandomCrop(12, pad_if_needed=True, **fill),
    "RandomPerspective": lambda **fill: v2.RandomPerspective(0.9, 1.0, **fill),
    "RandomRotation": lambda **fill: v2.RandomRotation((45, 45), **fill),
    "RandomZoomOut": lambda **fill: v2.RandomZoomOut(p=1.0, **fill),
}
IMAGES_ONLY = {"AugMix", "AutoAugment", "RandAugment", "TrivialAugmentWide"}  # they refuse masks
NESTED: dict[str, Callable[[v2.Transform], v2.Transform]] = {
    "alone": lambda inner: inner,
    "Compose": lambda inner: v2.Compose([v2.Compose([inner])]),
    "RandomApply": lambda inner: v2.RandomApply([inner], 1.0),
    "RandomApply of a ModuleList": lambda inner: v2.RandomApply(torch.nn.ModuleList([inner]), 1.0),
    "RandomChoice": lambda inner: v2.RandomChoice([inner, inner]),
    "RandomOrder": lambda inner: v2.RandomOrder([inner]),
}


class Labelled(Numbered):
    def __getitem__(self, index: int) -> Sample:
        return {name: value for name, value in super().__getitem__(index).items() if name in ("image", "mask")}


def bared(transform: v2.Transform, labels: int = LABELS) -> set[int]:
    """The labels beside the only one that there was."""
    samples = Samples(Labelled(9), [transform], 0, (0, 0, 0), (1, 1, 1), labels)
    return {int(label) for epoch in range(4) for label in samples[epoch, LABEL]["mask"].unique()} - {LABEL}


def test_every_transform_with_a_fill_is_here():
    found = {name for name in dir(v2) if "fill" in inspect.signature(getattr(v2, name).__init__).parameters}
    assert found == MAKE.keys() | IMAGES_ONLY


@pytest.mark.parametrize("nest", NESTED.values(), ids=NESTED)
@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_a_fill_for_images_never_becomes_a_label(make, nest):
    for fill in ({}, {"fill": 0}, {"fill": 255}, {"fill": 114}, {"fill": (1, 2, 4)}, {"fill": {tv_tensors.Image: 1}}):
        assert bared(nest(make(**fill))) == {IGNORE}


@pytest.mark.parametrize("nest", NESTED.values(), ids=NESTED)
@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_a_fill_for_masks_is_the_label_that_it_says(make, nest):
    for label in (0, 114, 199, IGNORE):
        for name in (tv_tensors.Mask, "others", "Mask", "torchvision.tv_tensors.Mask"):
            assert bared(nest(make(fill={tv_tensors.Image: 7, name: label}))) == {label}


@pytest.mark.parametrize("label", [-1, 0.5, LABELS, 254, 256])
def test_a_fill_that_is_no_label_is_refused(label):
    with pytest.raises(
        ValueError, match=rf"Pad: fill of masks must be a label, 0 to 199, or 255 to ignore, got {label}"
    ):
        bared(v2.Compose([v2.Pad(1, fill={tv_tensors.Mask: label})]))


def test_a_fill_for_what_there_is_not_is_refused():
    with pytest.raises(ValueError, match="Pad: fill may name Image, Mask and others, got mask"):
        bared(v2.Pad(1, fill={"mask": 0}))


def test_transforms_without_a_fill_ignore_what_they_lay_bare():
    beyond = v2.Lambda(lambda value: F.resized_crop(F.crop(value, -2, -2, 9, 9), -1, 0, 9, 9, [9, 9]), tv_tensors.Mask)
    for transform in (v2.CenterCrop(12), beyond, v2.Lambda(lambda mask: F.rotate(mask, 45), tv_tensors.Mask)):
        assert bared(transform) == {IGNORE}
    assert bared(v2.Lambda(lambda mask: F.rotate(mask, 45, fill=0), tv_tensors.Mask)) == {0}


def test_a_transform_of_ones_own_sees_the_labels_as_they_are():
    seen = []

    class Look(v2.Transform):
        def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
            if isinstance(inpt, tv_tensors.Mask):
                seen.extend(inpt.as_subclass(Tensor).unique().tolist())
            return inpt

    assert bared(v2.Compose([Look(), v2.Pad(1)])) == {IGNORE}
    assert set(seen) == {LABEL}


def digits(**fill: Any) -> dict[str, Any]:
    pad = {"class_path": "torchvision.transforms.v2.Pad", "init_args": {"padding": 4, **fill}}
    return {"data": {"init_args": {"train_transforms": [pad]}}}


def test_fills_mean_in_yaml_what_they_say(tmp_path, capsys):
    for fill, label in ((114, IGNORE), ({"Image": 114, "Mask": 5}, 5)):
        data = parse({"data": {"class_path": "Digits", **digits(fill=fill)["data"]}})
        mask = next(iter(data.train_dataloader()))["mask"]
        assert (mask[:, :4] == label).all()
    assert train.main(fit(tmp_path / "run", digits(fill={"Mask": 11}))) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error == "trickbench: error: Pad: fill of masks must be a label, 0 to 10, or 255 to ignore, got 11"
