"""A small data module whose images tell their index."""

import random
from typing import Any

import numpy as np
import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from datamodules import DenseData
from datamodules.transforms.samples import Sample, Split


class Numbered:
    """Sample k: an image, a mask and a box label of the value k."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> Sample:
        return {
            "image": tv_tensors.Image(torch.full((3, 8, 8), index, dtype=torch.uint8)),
            "mask": tv_tensors.Mask(torch.full((8, 8), index, dtype=torch.uint8)),
            "boxes": tv_tensors.BoundingBoxes([[1.0, 2.0, 5.0, 7.0]], format="XYXY", canvas_size=(8, 8)),
            "labels": torch.tensor([index]),
        }


class NumberedData(DenseData):
    """`size` samples to train on, seven to validate and to test; the normalised image holds the index."""

    def __init__(self, size: int = 10, **loading: Any) -> None:
        third = (1 / 255, 1 / 255, 1 / 255)
        super().__init__(**{"mean": (0.0, 0.0, 0.0), "std": third, **loading})
        self.size = size

    def dataset(self, split: Split) -> Numbered:
        return Numbered(self.size if split == "train" else 7)


class Shade(v2.Transform):
    """Adds a random number to the image, of one, two or three random sources."""

    def __call__(self, sample: Sample) -> Sample:
        shade = float(torch.rand(())) + np.random.rand() + random.random()
        return {**sample, "image": tv_tensors.Image(sample["image"] / 255 + shade / 1000)}


def indices(batches: Any) -> list[list[int]]:
    """The indices in each batch."""
    return [[int(labels) for labels in batch["labels"]] for batch in batches]
