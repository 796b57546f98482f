"""Base class of the data modules: pairing, resuming and sharding by construction."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from datamodules.loading.cached import decoded
from datamodules.loading.loader import EpochSampler, ResumableLoader
from datamodules.loading.presence import refuse_lacking, shares
from datamodules.streams import global_seed
from datamodules.transforms.bare import IGNORE
from datamodules.transforms.samples import STAGES, Sample, Samples, Source, Split, normalised, whole


class DenseData(LightningDataModule, ABC):
    """Base of the data modules for dense prediction.

    The order of the training data is a pure function of (seed, epoch) and their augmentation of (seed, epoch, index),
    with any number of workers: equal seeds see equal batches whatever model trains on them, and a run that was
    interrupted goes on as if it had not been. The seed is `seed_everything`'s. Needs
    `trainer.use_distributed_sampler: false`; validation and test data are then split over the ranks without padding,
    so that metrics are exact.

    A batch is a dict of `image` (N, 3, H, W) float32, normalised; `mask` (N, H, W) int64, where 255 is ignored; and
    the lists `boxes`, of (n, 4) float32 as x1, y1, x2, y2 in pixels, and `labels`, of (n,) int64; and `label` (N,)
    int64, of whole images. Keys that a data set lacks are absent. Where boxes come from files, validation and test
    batches also hold the list `area`, of (n,) float32, and `size` (N, 2) float32, height and width: both in pixels of
    the file's image, since metrics by size are measured there.

    Subclasses set `classes` (and `box_classes`) and define `dataset`.

    Args:
        batch_size: Samples a batch, on each rank.
        num_workers: Processes that load; 0 loads in the training process.
        train_transforms: Transforms of `torchvision.transforms.v2` for the training data, applied in turn after the
            data set's own. Mask pixels that they expose become 255, also where `fill` is a number or a colour: it
            is meant for images. A `fill` that names masks gives them a label: `{Image: 114, Mask: 0}`, where `others`
            stands for all that is not named. Conversion to float and normalisation follow.
        mean: Mean of each channel, of values in [0, 1]; ImageNet's by default.
        std: Standard deviation of each channel, likewise.
        drop_last: Leave out an epoch's last, incomplete batch (one sample breaks BatchNorm), unless it is the only one.
        min_visible: Share of a box's area that all transforms must leave in sight for it to stay; 0 keeps any rest.
        may_lack: Classes that need not occur. Every other one must have a pixel, a box or an image in the training and
            in the validation data, or no run starts; samples are read until all were seen.

    Raises:
        ValueError: If an argument is out of range.
    """

    classes: tuple[str, ...] = ()
    """Names of the mask's labels, background included, or of whole images' labels."""
    box_classes: tuple[str, ...] = ()
    """Names of the boxes' labels, which count from 0."""
    colours: tuple[tuple[int, int, int], ...] = ()  # of the classes in pictures, as red, green, blue; () for the usual
    ignore_index: int = IGNORE  # the mask's label of pixels that count neither in a loss nor in a metric
    size: tuple[int, int] | None = None  # height and width that images are resized to; None where they stay as they are

    def __init__(
        self,
        batch_size: int = 8,
        num_workers: int = 0,
        train_transforms: Sequence[v2.Transform] = (),
        mean: tuple[float, float, float] = (0.485, 0.456, 0.406),
        std: tuple[float, float, float] = (0.229, 0.224, 0.225),
        drop_last: bool = True,
        min_visible: float = 0.25,
        may_lack: Sequence[str] = (),
    ) -> None:
        super().__init__()
        if not 1 <= batch_size <= 2**31:
            raise ValueError(f"batch_size must be at least 1 and at most {2**31}, got {batch_size}")
        if not 0 <= num_workers <= 1024:
            raise ValueError(f"num_workers must be at least 0 and at most 1024, got {num_workers}")
        if not 0 <= min_visible <= 1:
            raise ValueError(f"min_visible must lie in [0, 1], got {min_visible}")
        if not (0 <= min(mean) <= max(mean) <= 1 and 0 < min(std) <= max(std) <= 1):
            raise ValueError(f"mean and std must be of values in [0, 1], and std positive, got {mean} and {std}")
        self.batch_size, self.num_workers, self.drop_last = batch_size, num_workers, drop_last
        self.train_transforms = tuple(train_transforms)
        self.may_lack = tuple(may_lack)
        self.min_visible, self.mean, self.std = min_visible, mean, std
        self._sources: dict[Split, Source] = {}

    @abstractmethod
    def dataset(self, split: Split) -> Source:
        """The stored samples of a split; called once."""

    def prepare(self, image: Tensor) -> Tensor:
        """An image from elsewhere as a model gets those of the validation data: resized to `size`, normalised.

        Where `dataset` does anything else to images, a subclass does it here, too.

        Shape:
            (3, H, W) uint8 → (3, h, w) float32.
        """
        resized = image if self.size is None else F.resize(image, list(self.size), antialias=True)
        return normalised(resized, self.mean, self.std)

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        """A batch on a device; on the CPU it is, though Lightning would look at each item, names of files too."""
        return batch if device.type == "cpu" else super().transfer_batch_to_device(batch, device, dataloader_idx)

    def setup(self, stage: str | None = None) -> None:
        """Open the splits that `stage` needs, once; see that there is something to learn and to measure."""
        for split in STAGES[stage]:
            self.source(split)
        known = {*self.classes, *self.box_classes}
        if unknown := [name for name in self.may_lack if name not in known]:
            raise ValueError(f"may_lack must name classes, {', '.join(sorted(known))}; got {unknown[0]}")
        for split in STAGES[stage] if stage == "fit" and known else ():
            self.check(split)

    def source(self, split: Split) -> Source:
        """The stored samples of a split, opened once.

        Raises:
            FileNotFoundError: If a file or folder is missing.
            ValueError: If they cannot be read.
        """
        if split not in self._sources:
            try:
                self._sources[split] = self.dataset(split)
            except FileNotFoundError:
                raise
            except (OSError, OverflowError, RecursionError) as error:  # such as a name or a number beyond all bounds
                raise ValueError(f"cannot read the {split} data: {error}") from error
        return self._sources[split]

    def check(self, split: Split) -> None:
        """Refuse a split that lacks a class.

        Raises:
            ValueError: If one has no pixel, box or image that is not named in `may_lack`, or none has.
        """
        names = {"mask": self.classes, "label": self.classes, "labels": self.box_classes}
        named = {key: each for key, each in names.items() if each}
        refuse_lacking(split, self.truth(split), named, self.may_lack, self.describe)

    def truth(self, split: Split) -> Iterable[Sample]:
        """Samples of a split in any order, with their labels at least."""
        source = self.source(split)
        return (source[int(index)] for index in np.random.default_rng(0).permutation(len(source)))

    def names(self, split: Split) -> Sequence[str]:
        """What its images are called, in the order of the split; nothing where they have no names."""
        source = self.source(split)
        return getattr(getattr(source, "source", source), "names", ())

    def describe(self, names: Sequence[str], counts: Tensor) -> str:
        """What was found in the ground truth: the share of each label."""
        return shares(counts, {IGNORE: "ignored", **dict(enumerate(names))})

    def train_dataloader(self) -> DataLoader[Any]:
        """Shuffled, augmented, resumable; equally long on all ranks."""
        if getattr(self.trainer, "overfit_batches", 0):  # asks for the same batches every epoch
            return self._in_order("train")
        seed, source = global_seed(), decoded(self, "train")
        sampler = EpochSampler(len(source), seed, *self._rank_and_world())
        labels = len(self.classes) or IGNORE
        data = Samples(source, self.train_transforms, seed, self.mean, self.std, labels, self.min_visible)
        drop_last = self.drop_last and len(sampler) >= self.batch_size
        return ResumableLoader(data, sampler=sampler, drop_last=drop_last, **self._loading())

    def val_dataloader(self) -> DataLoader[Any]:
        """The validation split in order, each sample on exactly one rank."""
        return self._in_order("val")

    def test_dataloader(self) -> DataLoader[Any]:
        """The test split in order, each sample on exactly one rank."""
        return self._in_order("test")

    def predict_dataloader(self) -> DataLoader[Any]:
        """The test split: what `predict` predicts."""
        return self.test_dataloader()

    def _in_order(self, split: Split) -> DataLoader[Any]:
        rank, world = self._rank_and_world()
        data = Samples(decoded(self, split), (), 0, self.mean, self.std)
        return DataLoader(data, sampler=range(rank, len(data), world), **self._loading())

    def _rank_and_world(self) -> tuple[int, int]:
        return (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)

    def _loading(self) -> dict[str, Any]:
        return {
            "batch_size": self.batch_size,
            "num_workers": self.num_workers,
            "persistent_workers": self.num_workers > 0,
            "pin_memory": self.trainer is not None and self.trainer.strategy.root_device.type == "cuda",
            "collate_fn": whole,
            "generator": torch.Generator(),  # else every pass draws from the global one, which is dropout's
        }
