"""COCO: everyday photos of eighty kinds of things."""

from pathlib import Path
from typing import Any

from datamodules.layouts.coco.boxes import CocoBoxes
from datamodules.layouts.coco.masks import CocoMasks
from datamodules.layouts.splits import Splits
from datamodules.named.download import fetch_archive, fetched

ADDRESS = "http://images.cocodataset.org/"
ARCHIVES = {  # by the folder that comes of it
    "annotations": "annotations/annotations_trainval2017.zip",
    "train2017": "zips/train2017.zip",
    "val2017": "zips/val2017.zip",
}
ANNOTATIONS, IMAGES = "annotations/instances_{split}.json", "{split}"
SPLITS = Splits("train2017", "val2017", "val2017")


def _fetch(root: Path) -> None:
    for folder, archive in ARCHIVES.items():
        fetched(root / folder, lambda archive=archive: fetch_archive(ADDRESS + archive, root))  # type: ignore[misc]


class Coco2017Boxes(CocoBoxes):
    """Detection of COCO (Lin et al., 2014) in the split of 2017: 118,287 training and 5000 validation images.

    The test set's boxes are not public: `test` is `val`.

    ```yaml
    data:
      class_path: Coco2017Boxes
      init_args: {root: data/coco, size: [640, 640], download: true}
    ```

    Args:
        root: The folder that holds `annotations`, `train2017` and `val2017`.
        size: Height and width to resize to.
        download: Download what is not there, 19 GB.
        splits: The names of the splits; see `Splits`.
        **boxes: The other arguments of `BoxData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or a file is broken or contradicts another.
        FileNotFoundError: If a file is missing.
    """

    def __init__(
        self, root: str, size: tuple[int, int], download: bool = False, splits: Splits = SPLITS, **boxes: Any
    ) -> None:
        super().__init__(root, size, ANNOTATIONS, IMAGES, splits=splits, **boxes)
        self.download = download

    def listing(self, place: str) -> Path:
        """The JSON file of a place."""
        if self.download:
            _fetch(self.root)
        return super().listing(place)


class Coco2017Masks(CocoMasks):
    """Segmentation of COCO (Lin et al., 2014) in the split of 2017, from the outlines of its objects; see `CocoMasks`.

    Eighty classes on a background. The test set's outlines are not public: `test` is `val`.

    ```yaml
    data:
      class_path: Coco2017Masks
      init_args: {root: data/coco, size: [512, 512], download: true}
    ```

    Args:
        root: The folder that holds `annotations`, `train2017` and `val2017`.
        size: Height and width to resize to.
        download: Download what is not there, 19 GB.
        splits: The names of the splits; see `Splits`.
        **masks: The other arguments of `CocoMasks`, of `MaskData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or a file is broken or contradicts another.
        FileNotFoundError: If a file is missing.
    """

    def __init__(
        self, root: str, size: tuple[int, int], download: bool = False, splits: Splits = SPLITS, **masks: Any
    ) -> None:
        super().__init__(root, size, ANNOTATIONS, IMAGES, splits=splits, **masks)
        self.download = download

    def listing(self, place: str) -> Path:
        """The JSON file of a place."""
        if self.download:
            _fetch(self.root)
        return super().listing(place)
