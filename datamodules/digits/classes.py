"""Single digits: whole images to classify, without a download."""

from typing import Any

from datamodules.digits.dense import MOST, Scenes
from datamodules.digits.scenes import DIGITS, Composer
from datamodules.loading.base import DenseData
from datamodules.loading.cached import Cached
from datamodules.transforms.samples import Sample, Source, Split


class DigitClasses(DenseData):
    """One real handwritten digit an image (those of scikit-learn), for classification of whole images.

    The images are scenes of `Digits` with one object: anywhere, in any colour, on a random texture, its height
    log-uniform. So a classifier must find the digit at every scale, for which spatial pyramid pooling was made.

    ```yaml
    data:
      class_path: DigitClasses
      init_args: {image_size: 32, train_images: 2048, batch_size: 32}
    ```

    Args:
        image_size: Height and width in pixels.
        train_images: Images to train on.
        val_images: Images to validate on.
        test_images: Images to test on.
        scale: Smallest and largest height of the digit in pixels; log-uniform between them.
        contrast: About how much brighter than its ground the digit is, as in `Digits`.
        imbalance: Zipf exponent of the classes, as in `Digits`.
        scene_seed: The seed of the images.
        **loading: The arguments of `DenseData`.

    Raises:
        ValueError: If an argument is out of range.
    """

    classes = tuple(map(str, range(DIGITS)))

    def __init__(
        self,
        image_size: int = 32,
        train_images: int = 2048,
        val_images: int = 512,
        test_images: int = 512,
        scale: tuple[float, float] = (12.0, 28.0),
        contrast: float = 120.0,
        imbalance: float = 0.0,
        scene_seed: int = 0,
        **loading: Any,
    ) -> None:
        super().__init__(**loading)
        self.composer = Composer(image_size, (1, 1), (0, 0), scale, contrast, imbalance)
        self.sizes: dict[Split, int] = {"train": train_images, "val": val_images, "test": test_images}
        if min(self.sizes.values()) < 1 or max(self.sizes.values()) > MOST:
            raise ValueError(f"every split needs at least 1 image and at most {MOST}, got {self.sizes}")
        if scene_seed < 0:
            raise ValueError(f"scene_seed must be at least 0, got {scene_seed}")
        self.scene_seed = scene_seed

    def check(self, split: Split) -> None:
        """Nothing to refuse: every digit may occur by construction, though not in every handful of images."""

    def dataset(self, split: Split) -> Cached:
        """The images of a split."""
        return Cached(Classes(Scenes(self.composer, split, self.sizes[split], self.scene_seed, 0.0, 0.0)))


class Classes:
    """Scenes of one object as images with one label.

    A lone object is at most a quarter beyond an edge in each direction, so that it is never without a label.
    """

    def __init__(self, scenes: Source) -> None:
        self.scenes = scenes

    def __len__(self) -> int:
        return len(self.scenes)

    def __getitem__(self, index: int) -> Sample:
        scene = self.scenes[index]
        return {"image": scene["image"], "label": scene["labels"][0]}
