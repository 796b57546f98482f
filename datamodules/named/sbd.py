"""SBD: PASCAL's photos, more of them outlined."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from torchvision.datasets import SBDataset

from datamodules.layouts.folder import ImageMaskFolder
from datamodules.layouts.splits import Splits
from datamodules.loading.cached import Cached
from datamodules.named.download import fetched
from datamodules.named.pascal import CLASSES
from datamodules.transforms.samples import Split


class Sbd(ImageMaskFolder):
    """Semantic Boundaries Dataset (Hariharan et al., 2011): 8498 training and 2857 validation images of PASCAL's.

    The classes are PASCAL's twenty on a background. Files lie as torchvision puts them: `<root>/{img,cls,train.txt}`.
    There is no test set: `test` is `val`. Its training images overlap PASCAL's validation images.

    ```yaml
    data:
      class_path: Sbd
      init_args: {root: data/sbd, size: [512, 512], download: true}
    ```

    Args:
        root: The folder that holds `img` and `cls`.
        size: Height and width to resize to.
        download: Download what is not there, 1.4 GB.
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
        download: bool = False,
        splits: Splits = Splits("train.txt", "val.txt", "val.txt"),  # noqa: B008  # frozen
        **folder: Any,
    ) -> None:
        super().__init__(
            root,
            ["background", *CLASSES],
            size,
            images="img/{name}.jpg",
            masks="cls/{name}.mat",
            splits=splits,
            **folder,
        )
        self.download = download

    def dataset(self, split: Split) -> Cached:
        """The images and masks of a split."""
        if self.download:
            fetched(self.root / "cls", lambda: SBDataset(str(self.root), mode="segmentation", download=True))
        return super().dataset(split)

    def read_labels(self, truth: Path) -> NDArray[np.uint8]:
        """The labels in a file of MATLAB's."""
        try:
            labels: NDArray[np.uint8] = loadmat(truth)["GTcls"][0]["Segmentation"][0].astype(np.uint8)
        except Exception as error:  # of any kind: scipy raises whatever a broken file leads it to
            raise ValueError(f"cannot read {truth}: {error or type(error).__name__}") from error
        return labels
