"""Images and masks into batches, from the second epoch on, beside torchvision's over files and over memory, and spdl's.

The row of spdl needs `pip install spdl` and the libraries of FFmpeg; without them it is left out.
"""

import os
import tempfile
from collections import deque
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import tv_tensors
from torchvision.io import decode_image
from torchvision.transforms import v2

from datamodules import ImageMaskFolder
from tests.bench.row import Row, in_turn

IMAGES, BATCH, CLASSES = 144, 8, 11
FILE = (360, 480)  # height and width
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
FILL = [124, 116, 104]  # the mean, as bytes


def rows() -> Iterator[Row]:
    """Seconds of an epoch of 144 images of 360×480, resized to two sizes; no workers, one thread."""
    with tempfile.TemporaryDirectory() as folder:
        made = {"TRICKBENCH_CACHE": f"{folder}/stores", "PL_GLOBAL_SEED": "0"}
        with mock.patch.dict(os.environ, made):
            _make(Path(folder))
            for size in ((144, 192), FILE):
                yield from _rows(Path(folder), size)


def _rows(root: Path, size: tuple[int, int]) -> Iterator[Row]:
    data = ImageMaskFolder(
        str(root), [str(label) for label in range(CLASSES)], size, batch_size=BATCH, random_scale=(0.5, 2.0), flip=0.5
    )
    data.setup("fit")
    peers = [*_peers(root, size)]
    loaders = [
        data.train_dataloader(),
        *(DataLoader(peer, BATCH, shuffle=True, drop_last=True) for _, peer, _ in peers),
    ]
    ours, *others = in_turn(*(lambda loader=loader: deque(loader, maxlen=1) for loader in loaders), rounds=6)
    for (name, _, aim), seconds in zip(peers, others, strict=True):
        yield Row(f"{size[0]}×{size[1]}: {name} (s)", ours[1:], seconds[1:], aim)  # the first epoch decodes


def _peers(root: Path, size: tuple[int, int]) -> Iterator[tuple[str, Dataset[tuple[Tensor, Tensor]], float]]:
    yield "torchvision from files", Torchvision(root, size, kept=False), 0.25
    yield "torchvision, decoded in memory", Torchvision(root, size, kept=True), 0.67
    if find_spec("spdl"):
        yield "spdl from files, torchvision's transforms", Spdl(root, size, kept=False), 0.17


def _make(root: Path) -> None:
    rng = np.random.default_rng(0)
    for split, count in (("train", IMAGES), ("val", 1)):
        for kind in ("images", "masks"):
            (root / split / kind).mkdir(parents=True)
        for number in range(count):
            coarse = Image.fromarray(rng.integers(0, 256, (45, 60, 3), dtype=np.uint8))
            coarse.resize(FILE[::-1], Image.Resampling.BICUBIC).save(root / split / f"images/{number}.png")
            labels = np.arange(60 * 45, dtype=np.uint8).reshape(45, 60) % CLASSES
            Image.fromarray(labels.repeat(8, 0).repeat(8, 1)).save(root / split / f"masks/{number}.png")


class Torchvision(Dataset[tuple[Tensor, Tensor]]):
    """What one would write by hand with its transforms.

    Args:
        root: The folder.
        size: Height and width to resize to.
        kept: Whether decoded and resized images stay in memory.
    """

    def __init__(self, root: Path, size: tuple[int, int], kept: bool) -> None:
        self.images = sorted((root / "train/images").iterdir())
        self.kept: dict[int, Any] | None = {} if kept else None
        self.resize = v2.Resize(size)
        self.augment = v2.Compose(
            [
                v2.RandomResize(min(size) // 2, 2 * min(size) + 1),
                v2.RandomCrop(size, pad_if_needed=True, fill={tv_tensors.Image: FILL}),
                v2.RandomHorizontalFlip(0.5),
                v2.ToDtype({tv_tensors.Image: torch.float32, tv_tensors.Mask: torch.int64}, scale=True),
                v2.Normalize(MEAN, STD),
            ]
        )

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image, mask = self.augment(*self._read(index))
        return image.as_subclass(Tensor), mask.as_subclass(Tensor)

    def _read(self, index: int) -> Any:
        if self.kept is not None and index in self.kept:
            return self.kept[index]
        image = self.images[index]
        mask = image.parent.parent / "masks" / image.name
        found = self._decode(image, mask)
        if self.kept is not None:
            self.kept[index] = found
        return found

    def _decode(self, image: Path, mask: Path) -> Any:
        return self.resize(tv_tensors.Image(decode_image(str(image))), tv_tensors.Mask(decode_image(str(mask))[0]))


class Spdl(Torchvision):
    """The same, decoded and resized by spdl, which does both in FFmpeg."""

    def _decode(self, image: Path, mask: Path) -> Any:
        pixels, labels = self._resized(image, "rgb24", "bilinear"), self._resized(mask, "gray", "neighbor")
        return tv_tensors.Image(pixels.permute(2, 0, 1)), tv_tensors.Mask(labels[..., 0])

    def _resized(self, file: Path, pixels: str, by: str) -> Tensor:
        import spdl.io

        height, width = self.resize.size
        how = spdl.io.get_video_filter_desc(scale_width=width, scale_height=height, scale_algo=by, pix_fmt=pixels)
        return spdl.io.to_torch(spdl.io.load_image(str(file), filter_desc=how))
