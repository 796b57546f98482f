"""Images and masks in folders: how one's own data come in."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as F

from datamodules.bare import IGNORE
from datamodules.base import DenseData
from datamodules.images import read_image, read_values, scale_crop_flip
from datamodules.presence import shares
from datamodules.samples import Cached, Sample, Split

LAYOUT = "<root>/{train,val,test}/{images,masks}"
SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}

Pair = tuple[Path, Path]


class ImageMaskFolder(DenseData):
    """Segmentation data in `<root>/{train,val,test}/{images,masks}`: `images/a.jpg` belongs to `masks/a.png`.

    A mask has one channel of whole numbers, or a palette, and holds the index into `classes` at each pixel. Images may
    have 8 bits, 16 bits of grey (scaled from their full range), colours of any kind, or a palette; what is transparent
    lies on black. Images and masks are turned upright as the EXIF orientation of each says. Floats are refused, and so
    are masks that a lossy compression has changed. Hidden files (`._a.png`) are skipped.

    Images are resized to `size` (bilinear, antialiased; masks to the nearest pixel), and metrics are measured at that
    size. What was read is kept in memory up to 1 GiB for each split and worker, 786 kB for 512×384; the rest is read
    again every epoch.

    ```yaml
    data:
      class_path: ImageMaskFolder
      init_args: {root: my_data, classes: [background, leaf, stem], size: [256, 256], batch_size: 16}
    ```

    Args:
        root: The folder that holds `train`, `val` and `test`.
        classes: Names of the labels 0, 1, 2 …
        size: Height and width to resize to.
        void: The number of pixels to ignore, which may be negative. 0 says that 0 means "not labelled": the masks then
            count the classes from 1, and 1 becomes label 0.
        random_scale: Training images are resized by a factor between these, then cropped or padded to `size` at a
            random place; padding is ignored. `[1, 1]` switches it off.
        flip: Probability that a training image is flipped from left to right.
        **loading: The arguments of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or images and masks do not belong together.
        FileNotFoundError: If a folder is missing or without images.
    """

    def __init__(
        self,
        root: str,
        classes: Sequence[str],
        size: tuple[int, int],
        void: int = IGNORE,
        random_scale: tuple[float, float] = (0.5, 2.0),
        flip: float = 0.5,
        **loading: Any,
    ) -> None:
        super().__init__(**loading)
        if not 1 <= len(classes) < IGNORE:
            raise ValueError(f"classes must name 1 to {IGNORE - 1} labels, got {len(classes)}")
        if len(set(classes)) < len(classes) or "" in classes:
            raise ValueError(f"classes must be different names, got {list(classes)}")
        if 0 < void < len(classes):
            raise ValueError(f"void must not be one of the labels 0 to {len(classes) - 1}, got {void}")
        self.root, self.classes, self.size, self.void = Path(root), tuple(classes), size, void
        self.train_transforms = (*scale_crop_flip(self.size, self.mean, random_scale, flip), *self.train_transforms)

    def describe(self, names: Sequence[str], counts: Tensor) -> str:
        """The share of each number in the masks."""
        called = {label: f"{first_label(self.void) + label} ({name})" for label, name in enumerate(names)}
        found = shares(counts, {**called, IGNORE: f"{self.void} (void)"})
        if self.void == 255 and counts.nonzero().flatten().tolist() == [0, IGNORE]:
            found += ": binary masks, whose foreground of 255 is ignored as void; write it as 1"
        return found

    def dataset(self, split: Split) -> Cached:
        """The images and masks of a split."""
        return Cached(ImagesAndMasks(self.pairs(split), self.size, len(self.classes), self.void))

    def pairs(self, split: Split) -> list[Pair]:
        """The files of a split, sorted by name."""
        if not self.root.is_dir():
            raise FileNotFoundError(f"no folder {self.root}; expected the layout {LAYOUT}")
        images, masks = (_by_name(self.root / split / kind) for kind in ("images", "masks"))
        if alone := sorted(images.keys() - masks.keys()):
            raise ValueError(f"{images[alone[0]]} has no mask in {self.root / split / 'masks'}")
        if alone := sorted(masks.keys() - images.keys()):
            raise ValueError(f"{masks[alone[0]]} has no image in {self.root / split / 'images'}")
        return [(images[name], masks[name]) for name in sorted(images)]


class ImagesAndMasks:
    """Reads pairs of files; `size` is the height and width to resize to, `labels` the number of classes."""

    def __init__(self, pairs: Sequence[Pair], size: tuple[int, int], labels: int, void: int) -> None:
        self.pairs, self.size, self.labels, self.void = pairs, size, labels, void
        self.names = [image.name for image, _ in pairs]

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> Sample:
        image_path, mask_path = self.pairs[index]
        image = torch.from_numpy(read_image(image_path)).permute(2, 0, 1)
        mask = torch.from_numpy(self._read_labels(mask_path))
        if image.shape[1:] != mask.shape:
            raise ValueError(
                f"{mask_path} must be as large as its image, {tuple(image.shape[1:])}, got {tuple(mask.shape)}"
            )
        nearest = InterpolationMode.NEAREST_EXACT  # samples pixel centres, as bilinear does
        return {
            "image": tv_tensors.Image(F.resize(image, self.size, antialias=True)),
            "mask": tv_tensors.Mask(F.resize(mask[None], self.size, interpolation=nearest)[0]),
        }

    def _read_labels(self, path: Path) -> NDArray[np.uint8]:
        values = read_values(path)
        first = first_label(self.void)
        last = first + self.labels - 1
        wrong = values[((values < first) | (values > last)) & (values != self.void)]
        if wrong.size:
            raise ValueError(f"{path} holds label {wrong[0]}; expected {first} to {last}, or {self.void} for void")
        return np.where(values == self.void, IGNORE, values - first).astype(np.uint8)


def first_label(void: int) -> int:
    """The number that masks have for the first class: 1 where 0 is void."""
    return 1 if void == 0 else 0


def _by_name(folder: Path) -> dict[str, Path]:
    """The images in a folder by their name without suffix."""
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder {folder}; expected the layout {LAYOUT}")
    files = sorted(f for f in folder.iterdir() if f.suffix.lower() in SUFFIXES and not f.name.startswith("."))
    if not files:
        raise FileNotFoundError(f"no images in {folder}; expected files ending in {', '.join(sorted(SUFFIXES))}")
    named: dict[str, Path] = {}
    for file in files:
        if (other := named.setdefault(file.stem, file)) is not file:
            raise ValueError(f"{other} and {file} have the same name; their masks cannot be told apart")
    return named
