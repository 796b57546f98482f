"""What is in each sample, read once, in parallel."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from datamodules.files.photos import taken_at
from datamodules.transforms.bare import IGNORE
from datamodules.transforms.samples import Sample, Source

THUMB = 64  # pixels a side of the grey picture that duplicates are told by
LEAST = 4  # pixels of a region of a mask that counts as an object

Sizes = NDArray[np.float32]
Counts = NDArray[np.int64]
Grey = NDArray[np.uint8]


@dataclass(frozen=True)
class Facts:
    """What is in a sample."""

    index: int
    fault: str = ""
    """What was wrong, where it could not be read."""
    thumb: Grey = field(default_factory=lambda: np.zeros((THUMB, THUMB), np.uint8))
    """The image in grey, whatever its shape."""
    labels: Counts | None = None
    """Pixels, boxes or images of each label; the last one counts what is ignored."""
    mode: str = ""
    """How the file of the image stores its pixels, as Pillow calls it."""
    shape: tuple[int, int] = (0, 0)
    """Width and height of the file's image, as stored."""
    taken: float = math.nan
    """When a camera says that it took the image, in seconds."""
    sizes: Sizes = field(default_factory=lambda: np.zeros(0, np.float32))
    """Of each object the square root of its area in pixels."""
    kinds: Counts = field(default_factory=lambda: np.zeros(0, np.int64))
    """Of each object its label; −1 of boxes."""


Look = Callable[[int, Sample, int], Facts]


def read_facts(source: Source, classes: int, workers: int, look: Look | None = None) -> Iterator[Facts]:
    """The facts of each sample, in order.

    Args:
        source: The samples of a split, as stored.
        classes: How many labels there are.
        workers: Processes that read; 0 reads in this one.
        look: What is asked of each sample; by default all.
    """
    read = _Read(source, classes, look or read_all)
    yield from DataLoader(read, batch_size=None, num_workers=workers, generator=torch.Generator(), prefetch_factor=None)


class _Read(Dataset[Facts]):
    def __init__(self, source: Source, classes: int, look: Look) -> None:
        self.source = getattr(source, "source", source)  # what is read once need not be kept
        self.classes, self.look = classes, look

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> Facts:
        try:
            return replace(self.look(index, self.source[index], self.classes), **self._stored(index))
        except (ValueError, OSError) as error:
            return Facts(index, fault=str(error))

    def _stored(self, index: int) -> dict[str, Any]:
        """What the file of an image says of itself; nothing where it lies in none."""
        files = getattr(self.source, "files", ())
        if not files:
            return {}
        with Image.open(files[index]) as image:
            return {"mode": image.mode, "shape": image.size, "taken": taken_at(image)}


def read_all(index: int, sample: Sample, classes: int) -> Facts:
    """All that is in a sample."""
    sizes, kinds = _objects(sample, classes)
    return replace(picture(index, sample, classes), sizes=sizes, kinds=kinds)


def picture(index: int, sample: Sample, classes: int) -> Facts:
    """The labels, and the image in grey."""
    grey = v2.functional.rgb_to_grayscale(sample["image"].as_subclass(torch.Tensor))
    thumb = v2.functional.resize(grey, [THUMB, THUMB], antialias=True)[0].numpy()
    return replace(labels(index, sample, classes), thumb=thumb)


def labels(index: int, sample: Sample, classes: int) -> Facts:
    """The labels alone."""
    found = [
        sample[key].as_subclass(torch.Tensor).flatten().int() for key in ("mask", "label", "labels") if key in sample
    ]
    count = torch.cat(found).bincount(minlength=IGNORE + 1).numpy() if found else None
    return Facts(index, labels=None if count is None else np.append(count[:classes], count[IGNORE]))


def _objects(sample: Sample, classes: int) -> tuple[Sizes, Counts]:
    """The size of each box, or of each connected region of a label, and that label."""
    if "boxes" in sample:
        boxes = sample["boxes"].as_subclass(torch.Tensor).numpy()
        return np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)).astype(np.float32), np.full(len(boxes), -1)
    if "mask" not in sample:
        return np.zeros(0, np.float32), np.zeros(0, np.int64)
    mask = sample["mask"].as_subclass(torch.Tensor).numpy()
    places = enumerate(ndimage.find_objects(mask.astype(np.int32) + 1, classes))  # of each label the box around it
    areas = {label: np.bincount(ndimage.label(mask[place] == label)[0].ravel())[1:] for label, place in places if place}
    sizes = np.concatenate([np.zeros(0), *areas.values()])
    kinds = np.repeat(np.array([*areas], np.int64), [len(each) for each in areas.values()])
    return np.sqrt(sizes[sizes >= LEAST]).astype(np.float32), kinds[sizes >= LEAST]
