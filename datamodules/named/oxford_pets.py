"""Oxford-IIIT Pet: cats and dogs, each cut out."""

from pathlib import Path
from typing import Any

from torchvision.datasets import OxfordIIITPet

from datamodules.layouts.folder import ImageMaskFolder
from datamodules.layouts.labels import Values
from datamodules.layouts.splits import Splits
from datamodules.loading.cached import Cached
from datamodules.named.download import fetched
from datamodules.transforms.samples import Split


class OxfordPets(ImageMaskFolder):
    """Oxford-IIIT Pet (Parkhi et al., 2012): 3680 images to train on and 3669 to test, of a cat or a dog each.

    The animal on its background; what the masks leave undecided between the two is void. Files lie in torchvision's
    folders, `<root>/oxford-iiit-pet/{images,annotations}`. A fifth of the training images validates.

    ```yaml
    data:
      class_path: OxfordPets
      init_args: {root: data, size: [256, 256], download: true}
    ```

    Args:
        root: The folder that holds `oxford-iiit-pet`.
        size: Height and width to resize to.
        download: Download what is not there, 0.8 GB.
        splits: The lists of images, and what is cut from them; see `Splits`.
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
        splits: Splits = Splits("annotations/trainval.txt", 0.2, "annotations/test.txt"),  # noqa: B008  # frozen
        **folder: Any,
    ) -> None:
        classes: dict[str, Values] = {"background": 2, "pet": 1}
        super().__init__(
            str(Path(root, "oxford-iiit-pet")),
            classes,
            size,
            images="images/{name}.jpg",
            masks="annotations/trimaps/{name}.png",
            void=3,
            splits=splits,
            **folder,
        )
        self.download = download

    def dataset(self, split: Split) -> Cached:
        """The images and masks of a split."""
        if self.download:
            fetched(self.root / "annotations", lambda: OxfordIIITPet(str(self.root.parent), download=True))
        return super().dataset(split)
