"""Images in a folder for each class."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import torch
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional as F

from datamodules.files.absent import missing
from datamodules.files.images import read_image
from datamodules.files.lists import is_list, listed_names
from datamodules.layouts.patterns import images_below, path_at, places_at, refuse_encoding
from datamodules.layouts.splits import Splits
from datamodules.loading.base import DenseData
from datamodules.loading.cached import Cached
from datamodules.transforms.bare import IGNORE
from datamodules.transforms.geometry import ScaleCropFlip
from datamodules.transforms.samples import Sample, Split


class ClassFolders(DenseData):
    """Whole images to classify, in a folder for each class, as torchvision's `ImageFolder` reads them.

    The image `train/cat/7.jpg` is of class `cat`; folders inside are searched too, hidden files and folders left out.

    ```yaml
    data:
      class_path: ClassFolders
      init_args: {root: data/leaves, folders: "", splits: {val: 0.2, test: 0.2, stratify: true}, size: [128, 128]}
    ```

    Args:
        root: The folder that holds the data.
        size: Height and width to resize to.
        folders: Where the folders of the classes lie below `root`, with `{split}` where each split has some.
        classes: Names of the labels 0, 1, 2 …; by default the folders of the training data, sorted by name. Folders
            of other names are then left out.
        splits: How `train`, `val` and `test` are named, or cut from the training data; see `Splits`.
        random_scale: Training images are resized by a factor between these, then cropped or padded to `size` at a
            random place.
        flip: Probability that a training image is flipped from left to right.
        **loading: The arguments of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or a folder is of no class.
        FileNotFoundError: If a folder is missing or without images.
    """

    size: tuple[int, int]

    def __init__(
        self,
        root: str,
        size: tuple[int, int],
        folders: str = "{split}",
        classes: Sequence[str] | None = None,
        splits: Splits = Splits(),  # noqa: B008  # frozen
        random_scale: tuple[float, float] = (1.0, 1.0),
        flip: float = 0.0,
        **loading: Any,
    ) -> None:
        super().__init__(**loading)
        self.root, self.size, self.folders, self.named, self.splits = Path(root), size, folders, classes, splits
        if classes is not None and not 2 <= len(set(classes)) == len(classes) < IGNORE:
            raise ValueError(f"classes must be 2 to {IGNORE - 1} different names, got {list(classes)}")
        geometry = ScaleCropFlip(self.size, random_scale, flip, self.mean)
        self.train_transforms = (geometry, *self.train_transforms)

    @cached_property
    def classes(self) -> tuple[str, ...]:  # type: ignore[override]  # read when first asked for
        """Names of the labels."""
        if self.named is not None:
            return tuple(self.named)
        place = self.splits.place("train")
        names = sorted({name for each in self._places(place) for name in self._folders(each)})
        if not 2 <= len(names) < IGNORE:
            raise ValueError(
                f"{self._place(place)} must hold a folder for each of 2 to {IGNORE - 1} classes, got {len(names)}"
            )
        return tuple(names)

    def dataset(self, split: Split) -> Cached:
        """The images of a split and their labels."""
        return Cached(ImagesAndLabels(*self._images(split), self.size))

    def truth(self, split: Split) -> Iterable[Sample]:
        """The labels alone: no image is read."""
        return ({"label": torch.tensor(label)} for label in self._images(split)[1])

    def _images(self, split: Split) -> tuple[list[Path], list[int]]:
        """The images of a split, sorted by class and name, and their labels."""
        place = self.splits.place(split)
        found = {
            name if each == place else f"{each}/{name}": pair
            for each in self._places(place)
            for name, pair in self._labels(each).items()
        }
        images = {name: image for name, (image, _) in found.items()}
        names = listed_names(self.root / place, images) if is_list(place) else list(found)
        files, labels = [found[name][0] for name in names], [found[name][1] for name in names]
        kept = self.splits.members(split, names, lambda left: [labels[at] for at in left], lambda: files)
        return [files[at] for at in kept], [labels[at] for at in kept]

    def _places(self, place: str) -> list[str]:
        """Where the images of a place lie: of a list wherever folders of classes are."""
        return (is_list(place) and places_at(self.root, f"{self.folders}/*/*")) or [place]

    def _labels(self, place: str) -> dict[str, tuple[Path, int]]:
        """Each image by its path below the folders, and its label."""
        folder, names = self._place(place), self._folders(place)
        if self.named is None and (unknown := sorted({*names} - {*self.classes})):
            raise ValueError(f"{folder / unknown[0]} is of no class of the training data: {', '.join(self.classes)}")
        found = {
            image.relative_to(folder).as_posix(): (image, label)
            for label, name in enumerate(self.classes)
            for image in images_below(folder / name)
        }
        if not found:
            raise FileNotFoundError(f"no images in the folders of {folder}; expected one for each class")
        for image, _ in found.values():
            refuse_encoding(image)
        return found

    def _folders(self, place: str) -> list[str]:
        folder = self._place(place)
        if not folder.is_dir():
            raise FileNotFoundError(f"{missing(folder / 'any')}; expected a folder for each class in it")
        return sorted(each.name for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))

    def _place(self, place: str) -> Path:
        return path_at(self.root, self.folders, place, self.splits)


class ImagesAndLabels:
    """Reads images; `size` is the height and width to resize to."""

    def __init__(self, images: Sequence[Path], labels: Sequence[int], size: tuple[int, int]) -> None:
        self.files, self.labels, self.size = images, labels, size
        self.names = [str(PurePosixPath(image.parent.name, image.name)) for image in images]

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> Sample:
        image = torch.from_numpy(read_image(self.files[index])).permute(2, 0, 1)
        return {
            "image": tv_tensors.Image(F.resize(image, self.size, antialias=True)),
            "label": torch.tensor(self.labels[index]),
        }
