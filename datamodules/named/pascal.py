"""PASCAL VOC: everyday photos of twenty kinds of things."""

from pathlib import Path
from typing import Any

from torchvision.datasets import VOCDetection, VOCSegmentation
from torchvision.datasets.voc import DATASET_YEAR_DICT

from datamodules.layouts.folder import ImageMaskFolder
from datamodules.layouts.splits import Splits
from datamodules.layouts.voc import VocBoxes
from datamodules.loading.cached import Cached
from datamodules.named.download import fetched
from datamodules.transforms.samples import Split

CLASSES = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog",
    "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip
LISTS = "ImageSets/Segmentation/{}.txt"


YEARS = [year for year in DATASET_YEAR_DICT if year.isdecimal()]


def _folder(root: str, year: str) -> str:
    if year not in YEARS:
        raise ValueError(f"year must be one of {', '.join(sorted(YEARS))}, got {year!r}")
    return str(Path(root, DATASET_YEAR_DICT[year]["base_dir"]))


def _fetch(kind: type[VOCSegmentation | VOCDetection], root: str, year: str) -> None:
    kind(root, year, download=True)
    if year == "2007":  # whose test set is public
        kind(root, year, "test", download=True)


class PascalMasks(ImageMaskFolder):
    """Segmentation of PASCAL VOC (Everingham et al., 2010): 1464 training and 1449 validation images in 2012.

    Twenty classes on a background; outlines are void. Images lie in torchvision's folders,
    `<root>/VOCdevkit/VOC2012/JPEGImages`. The test set is not public: `test` is `val`. 2007 has one, for which
    `splits: {test: ImageSets/Segmentation/test.txt}` asks.

    ```yaml
    data:
      class_path: PascalMasks
      init_args: {root: data, size: [512, 512], download: true}
    ```

    Args:
        root: The folder that holds `VOCdevkit`.
        size: Height and width to resize to.
        year: 2007 to 2012.
        download: Download what is not there, 2 GB.
        splits: The lists of images; see `Splits`.
        **folder: The other arguments of `MaskData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or images and masks do not belong together.
        FileNotFoundError: If a folder or list is missing, or names an image that is.
    """

    def __init__(
        self,
        root: str,
        size: tuple[int, int],
        year: str = "2012",
        download: bool = False,
        splits: Splits = Splits(LISTS.format("train"), LISTS.format("val"), LISTS.format("val")),  # noqa: B008  # frozen
        **folder: Any,
    ) -> None:
        super().__init__(
            _folder(root, year),
            ["background", *CLASSES],
            size,
            images="JPEGImages/{name}.jpg",
            masks="SegmentationClass/{name}.png",
            splits=splits,
            **folder,
        )
        self.place, self.year, self.download = root, year, download

    def dataset(self, split: Split) -> Cached:
        """The images and masks of a split."""
        if self.download:
            fetched(self.root, lambda: _fetch(VOCSegmentation, self.place, self.year))
        return super().dataset(split)


class PascalBoxes(VocBoxes):
    """Detection of PASCAL VOC (Everingham et al., 2010): 5717 training and 5823 validation images in 2012.

    Images lie in torchvision's folders, `<root>/VOCdevkit/VOC2012/JPEGImages`. The test set is not public: `test` is
    `val`. 2007 has one, for which `splits: {test: test}` asks. Objects marked `difficult` count as any other.

    ```yaml
    data:
      class_path: PascalBoxes
      init_args: {root: data, size: [512, 512], download: true}
    ```

    Args:
        root: The folder that holds `VOCdevkit`.
        size: Height and width to resize to.
        year: 2007 to 2012.
        download: Download what is not there, 2 GB.
        splits: The names of the lists; see `Splits`.
        **boxes: The other arguments of `BoxData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or a file is broken or contradicts another.
        FileNotFoundError: If a file is missing.
    """

    def __init__(
        self,
        root: str,
        size: tuple[int, int],
        year: str = "2012",
        download: bool = False,
        splits: Splits = Splits(test="val"),  # noqa: B008  # frozen
        **boxes: Any,
    ) -> None:
        super().__init__(_folder(root, year), size, origin=1, splits=splits, classes=list(CLASSES), **boxes)
        self.place, self.year, self.download = root, year, download

    def dataset(self, split: Split) -> Cached:
        """The images of a split and their good boxes."""
        if self.download:
            fetched(self.root, lambda: _fetch(VOCDetection, self.place, self.year))
        return super().dataset(split)
