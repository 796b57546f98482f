"""Cityscapes: streets of German cities from a moving car."""

from typing import Any

from torchvision.datasets import Cityscapes as Torchvision

from datamodules.layouts.folder import ImageMaskFolder
from datamodules.layouts.splits import Splits

CLASSES = [each for each in Torchvision.classes if not each.ignore_in_eval]


class Cityscapes(ImageMaskFolder):
    """Cityscapes (Cordts et al., 2016) with fine masks: 2975 training and 500 validation images of 2048×1024.

    The nineteen classes that count; all others are void. Files lie as they come, `<root>/leftImg8bit/train/aachen` and
    `<root>/gtFine/train/aachen`; they are downloaded by hand, with an account of the data set's. The test set's masks
    are not public: `test` is `val`.

    ```yaml
    data:
      class_path: Cityscapes
      init_args: {root: data/cityscapes, size: [512, 1024]}
    ```

    Args:
        root: The folder that holds `leftImg8bit` and `gtFine`.
        size: Height and width to resize to.
        splits: The names of the splits; see `Splits`.
        **folder: The other arguments of `MaskData` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or images and masks do not belong together.
        FileNotFoundError: If a folder is missing or without images.
    """

    colours = tuple(each.color for each in CLASSES)

    def __init__(
        self,
        root: str,
        size: tuple[int, int],
        splits: Splits = Splits(test="val"),  # noqa: B008  # frozen
        **folder: Any,
    ) -> None:
        super().__init__(
            root,
            {each.name: each.id for each in CLASSES},
            size,
            images="leftImg8bit/{split}/*/{name}_leftImg8bit.png",
            masks="gtFine/{split}/*/{name}_gtFine_labelIds.png",
            void=[each.id for each in Torchvision.classes if each.ignore_in_eval],
            splits=splits,
            **folder,
        )
