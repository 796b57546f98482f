"""CamVid: street scenes from a moving car."""

from typing import Any, Literal

from datamodules.folder import ImageMaskFolder, Pair
from datamodules.samples import Split

CLASSES = (
    "sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bicyclist",
)  # fmt: skip


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

    def __init__(
        self,
        root: str,
        split: Literal["official", "block"] = "official",
        size: tuple[int, int] = (144, 192),
        **folder: Any,
    ) -> None:
        super().__init__(root, classes=CLASSES, size=size, void=len(CLASSES), **folder)
        self.split = split

    def pairs(self, split: Split) -> list[Pair]:
        """The files of a split, sorted by name."""
        if self.split == "official" or split == "test":
            return super().pairs(split)
        pairs = {image.stem: (image, mask) for image, mask in super().pairs("train")}
        names = self._listed(f"{split}_block.txt")
        if missing := sorted(set(names) - pairs.keys()):
            raise FileNotFoundError(f"{split}_block.txt names {missing[0]}, which {self.root / 'train'} lacks")
        return [pairs[name] for name in sorted(names)]

    def _listed(self, name: str) -> list[str]:
        path = self.root / name
        if not path.is_file():
            raise FileNotFoundError(f"no file {path}; split: block needs one image name a line there")
        return path.read_text().split()
