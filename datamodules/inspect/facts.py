"""What is in each sample, read once, in parallel."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from datamodules.bare import IGNORE
from datamodules.samples import Sample, Source

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
    sizes: Sizes = field(default_factory=lambda: np.zeros(0, np.float32))
    """Of each object the square root of its area in pixels."""


def read_facts(source: Source, classes: int, workers: int) -> Iterator[Facts]:
    """The facts of each sample, in order.

    Args:
        source: The samples of a split, as stored.
        classes: How many labels there are.
        workers: Processes that read; 0 reads in this one.
    """
    loader = DataLoader(
        _Read(source, classes), batch_size=None, num_workers=workers, generator=torch.Generator(), prefetch_factor=None
    )
    yield from loader


class _Read(Dataset[Facts]):
    def __init__(self, source: Source, classes: int) -> None:
        self.source, self.classes = getattr(source, "source", source), classes  # what is read once need not be kept

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> Facts:
        try:
            return _facts(index, self.source[index], self.classes)
        except (ValueError, OSError) as error:
            return Facts(index, fault=str(error))


def _facts(index: int, sample: Sample, classes: int) -> Facts:
    grey = v2.functional.rgb_to_grayscale(sample["image"].as_subclass(torch.Tensor))
    thumb = v2.functional.resize(grey, [THUMB, THUMB], antialias=True)[0].numpy()
    labels = [
        sample[key].as_subclass(torch.Tensor).flatten().int() for key in ("mask", "label", "labels") if key in sample
    ]
    count = torch.cat(labels).bincount(minlength=IGNORE + 1).numpy() if labels else None
    kept = None if count is None else np.append(count[:classes], count[IGNORE])
    return Facts(index, thumb=thumb, labels=kept, sizes=_sizes(sample, classes))


def _sizes(sample: Sample, classes: int) -> Sizes:
    """The size of each box, or of each connected region of a class."""
    if "boxes" in sample:
        boxes = sample["boxes"].as_subclass(torch.Tensor).numpy()
        return np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)).astype(np.float32)
    if "mask" not in sample:
        return np.zeros(0, np.float32)
    mask = sample["mask"].as_subclass(torch.Tensor).numpy()
    regions = (ndimage.label(mask == label)[0] for label in np.unique(mask) if label < classes)
    areas = np.concatenate([np.zeros(0), *(np.bincount(each.ravel())[1:] for each in regions)])
    return np.sqrt(areas[areas >= LEAST]).astype(np.float32)
