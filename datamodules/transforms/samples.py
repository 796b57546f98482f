"""From what a data set stores to what a model trains on."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

import torch
from torch import Tensor
from torch.utils.data import Dataset
from torchvision.transforms.v2 import functional as F

from datamodules.streams import draw_from, stream, untouched
from datamodules.transforms.bare import IGNORE, LabelMask, set_mask_fill
from datamodules.transforms.visible import transform_boxes

OF_THE_FILE = ("area", "size")  # said of the image before it was resized: for metrics, meaningless once augmented

Split = Literal["train", "val", "test"]
STAGES: dict[str | None, tuple[Split, ...]] = {  # the splits that each of Lightning's stages reads
    "fit": ("train", "val"),
    "validate": ("val",),
    "test": ("test",),
    "predict": ("test",),
    None: ("train", "val", "test"),
}
Sample = dict[str, Any]
Batch = dict[str, Tensor | list[Tensor]]
Key = int | tuple[int, int]


class Source(Protocol):
    """A data set as stored: per index a dict of uint8 image, uint8 mask, boxes, labels, label; without randomness.

    Boxes may come with `area` and `size`, as in a batch of `DenseData`.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Sample: ...


class Samples(Dataset[Sample]):
    """Batches of normalised samples: of a key `(epoch, index)` as that epoch augments it, of an `index` as it is.

    Args:
        source: The stored data.
        transforms: Transforms of `torchvision.transforms.v2`, applied in turn to keys with an epoch.
        seed: With epoch and index, all that the augmentation depends on.
        mean: Subtracted from each channel of the image in [0, 1].
        std: Then divides it.
        labels: How many labels masks have; a transform's `fill` may name these, and 255.
        min_visible: The least share of a box that transforms must leave in sight; with less it is dropped.

    Raises:
        ValueError: If a transform fills masks with something else.
    """

    def __init__(
        self,
        source: Source,
        transforms: Sequence[Callable[[Sample], Sample]],
        seed: int,
        mean: Sequence[float],
        std: Sequence[float],
        labels: int = IGNORE,
        min_visible: float = 0.0,
    ) -> None:
        for transform in transforms:
            set_mask_fill(transform, labels)
        self.source, self.transforms, self.seed = source, tuple(transforms), seed
        self.mean, self.std, self.min_visible = list(mean), list(std), min_visible

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, key: Key) -> Sample:
        return {name: values[0] for name, values in self.__getitems__([key]).items()}

    def __getitems__(self, keys: Sequence[Key]) -> Batch:
        """What a `DataLoader` asks for, where it can: a whole batch."""
        with untouched():
            samples = [self._drawn(key) for key in keys]
        return batch_of(samples, self.mean, self.std)

    def _drawn(self, key: Key) -> Sample:
        if isinstance(key, int):
            return self.source[key]
        epoch, index = key
        sample = {name: value for name, value in self.source[index].items() if name not in OF_THE_FILE}
        if self.transforms:
            draw_from(stream(self.seed, epoch, index))
            sample = self._augment(sample)
        return sample

    def _augment(self, sample: Sample) -> Sample:
        if "mask" in sample:
            labels = sample["mask"].as_subclass(Tensor).to(torch.uint8)
            sample = {**sample, "mask": labels.as_subclass(LabelMask)}  # LabelMask() takes ten times as long
        seen = torch.ones(len(sample.get("boxes", ())))  # the share of each box
        for transform in self.transforms:
            if len(seen):
                sample, seen = transform_boxes(transform, sample, seen, self.min_visible)
            else:
                sample = transform(sample)
        return _drop_empty_boxes(sample)


def normalised(image: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """A uint8 image as a model gets it: float32, in [0, 1] less the mean, over the standard deviation."""
    return F.normalize(F.to_dtype(image, torch.float32, scale=True), list(mean), list(std))


def _drop_empty_boxes(sample: Sample) -> Sample:
    """Cut boxes to the image, then drop those with nothing left, such as a crop leaves behind."""
    if "boxes" not in sample:
        return sample
    boxes, kept = F.sanitize_bounding_boxes(F.clamp_bounding_boxes(sample["boxes"]))
    return {**sample, "boxes": boxes, "labels": sample["labels"][kept]}


def batch_of(samples: Sequence[Mapping[str, Tensor]], mean: Sequence[float], std: Sequence[float]) -> Batch:
    """A batch: what is one for an image stacked, boxes and what is one for a box in lists; all plain tensors.

    Bytes are normalised as they are written into the batch, to the same bits as an image alone.

    Raises:
        ValueError: If the images differ in size.
    """
    shapes = {tuple(sample["image"].shape[-2:]) for sample in samples}
    if len(shapes) > 1:
        raise ValueError(
            f"images of one batch must have one size, got {sorted(shapes)} (height, width):"
            " end train_transforms with one that fixes it, such as RandomCrop or Resize"
        )
    columns = {name: [sample[name].as_subclass(Tensor) for sample in samples] for name in samples[0]}
    stacked: dict[str, Tensor] = {
        name: torch.stack(columns[name]) for name in ("mask", "label", "size") if name in columns
    }
    if "mask" in stacked:
        stacked["mask"] = stacked["mask"].to(torch.int64)
    stacked["image"] = _normalised_batch(columns["image"], mean, std)
    return {name: stacked.get(name, column) for name, column in columns.items()}


def _normalised_batch(images: Sequence[Tensor], mean: Sequence[float], std: Sequence[float]) -> Tensor:
    batch = torch.empty(len(images), *images[0].shape, dtype=torch.float32)
    shift, scale = (torch.tensor(values).view(-1, 1, 1) for values in (mean, std))
    for place, image in zip(batch, images, strict=True):
        if image.dtype == torch.uint8:
            place.copy_(image).mul_(1 / 255).sub_(shift).div_(scale)
        else:
            place.copy_(normalised(image, mean, std))
    return batch


def whole(batch: Batch) -> Batch:
    """A batch as `Samples` makes it."""
    return batch
