"""Penn-Fudan: pedestrians, each cut out."""

from pathlib import Path
from typing import Any

from datamodules.layouts.instances.boxes import InstanceBoxes
from datamodules.layouts.instances.masks import InstanceMasks
from datamodules.layouts.splits import Splits
from datamodules.loading.cached import Cached
from datamodules.named.download import fetch_archive, fetched
from datamodules.transforms.samples import Split

ADDRESS = "https://www.cis.upenn.edu/~jshi/ped_html/PennFudanPed.zip"
IMAGES, MASKS = "PNGImages/{name}.png", "PedMasks/{name}_mask.png"
SPLITS = Splits(val=0.2, test=0.2)


def _folder(root: str) -> str:
    return str(Path(root, "PennFudanPed"))


class PennFudanMasks(InstanceMasks):
    """Segmentation of Penn-Fudan (Wang et al., 2007): 170 images of 345 pedestrians, on their background.

    It comes without splits: a fifth of the images validates, a fifth tests.

    ```yaml
    data:
      class_path: PennFudanMasks
      init_args: {root: data, size: [384, 512], download: true}
    ```

    Args:
        root: The folder that holds `PennFudanPed`.
        size: Height and width to resize to.
        download: Download what is not there, 54 MB.
        splits: What is cut from the images; see `Splits`.
        **masks: The other arguments of `MaskData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or images and masks do not belong together.
        FileNotFoundError: If a folder is missing or without images.
    """

    def __init__(
        self, root: str, size: tuple[int, int], download: bool = False, splits: Splits = SPLITS, **masks: Any
    ) -> None:
        super().__init__(_folder(root), size, IMAGES, MASKS, splits=splits, classes=["background", "person"], **masks)
        self.download = download

    def dataset(self, split: Split) -> Cached:
        """The images and masks of a split."""
        if self.download:
            fetched(self.root, lambda: fetch_archive(ADDRESS, self.root.parent))
        return super().dataset(split)


class PennFudanBoxes(InstanceBoxes):
    """Detection of Penn-Fudan (Wang et al., 2007): the boxes around 345 pedestrians in 170 images.

    It comes without splits: a fifth of the images validates, a fifth tests.

    ```yaml
    data:
      class_path: PennFudanBoxes
      init_args: {root: data, size: [384, 512], download: true}
    ```

    Args:
        root: The folder that holds `PennFudanPed`.
        size: Height and width to resize to.
        download: Download what is not there, 54 MB.
        splits: What is cut from the images; see `Splits`.
        **boxes: The other arguments of `BoxData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or images and masks do not belong together.
        FileNotFoundError: If a folder is missing or without images.
    """

    def __init__(
        self, root: str, size: tuple[int, int], download: bool = False, splits: Splits = SPLITS, **boxes: Any
    ) -> None:
        super().__init__(_folder(root), size, IMAGES, MASKS, splits=splits, classes=["person"], **boxes)
        self.download = download

    def dataset(self, split: Split) -> Cached:
        """The images of a split and their good boxes."""
        if self.download:
            fetched(self.root, lambda: fetch_archive(ADDRESS, self.root.parent))
        return super().dataset(split)
