"""CamVid: street scenes from a moving car."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from datamodules.files.lists import listed_names
from datamodules.layouts.folder import ImageMaskFolder, Pair

CLASSES = (
    "sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bicyclist",
)  # fmt: skip
COLOURS = (  # SegNet's
    (128, 128, 128), (128, 0, 0), (192, 192, 128), (128, 64, 128), (60, 40, 222), (128, 128, 0), (192, 128, 128),
    (64, 64, 128), (64, 0, 128), (64, 64, 0), (0, 128, 192),
)  # fmt: skip

FRAME = re.compile(r"(0001TP|0006R0|0016E5|Seq05VD)_f?\d+")  # the four drives, and a frame's number


class CamVid(ImageMaskFolder):
    """CamVid (Brostow et al., 2009) in the split of SegNet (Badrinarayanan et al., 2017): 367, 101 and 233 images.

    Eleven classes, from 33 % of the pixels (road) to 0.3 % (bicyclist); label 11 is void. The images are SegNet's of
    480×360, in the layout of `ImageMaskFolder`; images of `train` and `val` are frames of the same drives.

    ```yaml
    data:
      class_path: CamVid
      init_args: {root: data/camvid, split: block, batch_size: 8}
    ```

    Args:
        root: The folder that holds `train`, `val` and `test`.
        split: `official`, whose validation set is one clip of seven seconds; or `block`, which trains on the images
            that `<root>/train_block.txt` names and validates on those of `<root>/val_block.txt`, both from `train`.
            The test set is the official one in both.
        size: Height and width to resize to.
        **folder: The other arguments of `ImageMaskFolder` and of `DenseData`.

    Raises:
        ValueError: If an argument is out of range, or images and masks do not belong together.
        FileNotFoundError: If a folder or list is missing, or names an image that is.
    """

    colours = COLOURS

    def __init__(
        self,
        root: str,
        split: Literal["official", "block"] = "official",
        size: tuple[int, int] = (144, 192),
        **folder: Any,
    ) -> None:
        super().__init__(root, classes=list(CLASSES), size=size, void=len(CLASSES), **folder)
        self.split = split

    def found(self, place: str) -> Mapping[str, Pair]:
        """The files of a split by name."""
        if self.split == "official" or place == "test":
            return super().found(place)
        pairs = super().found("train")
        images = {name: image for name, (image, _) in pairs.items()}
        names = listed_names(self.root / f"{place}_block.txt", images)
        return {name: pairs[name] for name in names}
