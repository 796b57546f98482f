"""A source whose samples are read once."""

import pickle
from functools import cached_property
from hashlib import blake2b
from inspect import getfile, isroutine
from io import BytesIO
from pathlib import Path
from stat import S_ISREG
from typing import Any

import numpy as np
import PIL
import torch
import torchvision
from lightning.pytorch import LightningDataModule
from numpy.typing import NDArray
from torch import Tensor
from torchvision import tv_tensors

from datamodules.loading.store import Arrays, Stored, shared
from datamodules.transforms.samples import Sample, Source, Split

A_BOX = ("boxes", "labels", "area")  # one for each box of an image
AN_IMAGE = ("image", "mask", "label", "size")
PLAIN = (str, int, float, tuple, list, dict, bytes, type(None))
LOADING = (  # on which stored samples do not depend; all other attributes of a data module count
    *vars(LightningDataModule()),
    *("batch_size", "num_workers", "drop_last", "train_transforms", "may_lack", "min_visible", "mean", "std"),
)
VERSIONS = (torch.__version__, torchvision.__version__, np.__version__, PIL.__version__)


class Cached:
    """A source that reads each sample once: into memory or, where `share` was called, for all processes of the machine.

    Args:
        source: The source to read.
        limit: Bytes to spend, in each worker. Samples that no longer fit are read every time.
    """

    def __init__(self, source: Source, limit: int = 2**30) -> None:
        self.source, self.room = source, limit
        self.kept: dict[int, Sample] = {}
        self.stored: Stored | None = None
        self.shares = False

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> Sample:
        """A sample of its own: a transform may work in place."""
        if self.stored is not None:
            return _sample(self.stored[index])
        sample = self.kept.get(index) or self._read(index)
        return {name: value.clone() for name, value in sample.items()}

    def _read(self, index: int) -> Sample:
        sample = self.source[index]
        size = sum(value.nbytes for value in sample.values())
        if size <= self.room:
            self.room -= size
            self.kept[index] = sample
        return sample

    def share(self, made_from: Any) -> None:
        """Read all samples, or find them read, decoded in files that are mapped into memory; see `store.shared`.

        Samples that are no arrays, differ in shape or are made from what has no identity are kept as before.

        Args:
            made_from: What the samples depend on besides the source: the data module and its arguments.
        """
        if self.shares:
            return
        self.shares = True
        try:
            key = identity((made_from, self.source))
        except (pickle.PicklingError, TypeError, AttributeError, RecursionError):
            return
        self.stored = shared(key, len(self), lambda index: _arrays(self.source[index]), A_BOX)
        if self.stored is not None:
            self.kept.clear()


def decoded(data: Any, split: Split) -> Source:
    """The stored samples of a data module's split, decoded once for all processes of the machine where that can be."""
    source: Source = data.source(split)
    if isinstance(source, Cached):
        source.share((type(data), split, _decisive(data)))
    return source


def _decisive(data: LightningDataModule) -> dict[str, Any]:
    """The attributes on which its stored samples may depend; one that is worked out from others does not count."""

    def counts(name: str) -> bool:
        worked_out = isinstance(getattr(type(data), name, None), cached_property)
        return not (worked_out or name in LOADING or name.startswith("_"))

    return {name: value for name, value in vars(data).items() if counts(name)}


def identity(made_from: Any) -> str:
    """A hash of values, of files by path, size and times, and of the code that reads them.

    A file that is changed has another time of change, even where a copy has set its time of modification back.

    Raises:
        TypeError: Or another of pickle's errors, if something has no identity.
    """
    written = BytesIO()
    pickler = _Identity(written, protocol=5)
    pickler.fast = True  # equal values are written alike, be they one object or two
    pickler.dump((VERSIONS, made_from))
    code = (file.read_bytes() for file in sorted(pickler.code | set(Path(__file__).parent.glob("*.py"))))
    return blake2b(b"".join((written.getvalue(), *code)), digest_size=16).hexdigest()


class _Identity(pickle.Pickler):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.code: set[Path] = set()  # files that define the classes of what is pickled

    def persistent_id(self, value: Any) -> Any:
        """What stands for a file, for a function and for a set, which has no order; None for what stands for itself."""
        if isinstance(value, PLAIN):
            return None
        if isinstance(value, Path):
            return _status(value)
        if isinstance(value, set | frozenset):
            return sorted(map(repr, value))
        if isinstance(value, type):
            self.code |= {Path(getfile(each)) for each in value.__mro__ if _written(each)}
            return value.__qualname__
        return f"{value.__module__}.{value.__qualname__}" if isroutine(value) else None


def _status(path: Path) -> tuple[str | int, ...]:
    try:
        status = path.stat()
    except OSError:
        return (str(path),)
    return (
        (str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns) if S_ISREG(status.st_mode) else (str(path),)
    )


def _written(cls: type) -> bool:
    """Whether a class comes from a file."""
    try:
        return Path(getfile(cls)).suffix == ".py"
    except TypeError:
        return False


def _arrays(sample: Sample) -> Arrays:
    """The arrays of a sample.

    Raises:
        OSError: If they do not say all of it.
    """
    if others := sorted(sample.keys() - {*A_BOX, *AN_IMAGE}):
        raise OSError(f"{others[0]} is none of {', '.join((*AN_IMAGE, *A_BOX))}")
    boxes = sample.get("boxes")
    if boxes is not None and (boxes.format.value != "XYXY" or boxes.canvas_size != sample["image"].shape[-2:]):
        raise OSError("boxes are no corners in the image")
    return {name: value.as_subclass(Tensor).numpy() for name, value in sample.items()}


def _sample(arrays: dict[str, NDArray[Any]]) -> Sample:
    sample: Sample = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
    sample["image"] = tv_tensors.Image(sample["image"])
    if "mask" in sample:
        sample["mask"] = tv_tensors.Mask(sample["mask"])
    if "boxes" in sample:
        size = tuple(sample["image"].shape[-2:])
        sample["boxes"] = tv_tensors.BoundingBoxes(sample["boxes"], format="XYXY", canvas_size=size)
    return sample
