"""Digits: a benchmark of composed scenes that needs no download."""

from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from torchvision import tv_tensors

from datamodules.digits.scenes import DIGITS, Composer, Floats, Ints, handwriting
from datamodules.loading.base import DenseData
from datamodules.loading.cached import Cached
from datamodules.streams import stream
from datamodules.transforms.bare import IGNORE
from datamodules.transforms.samples import Sample, Split

MOST = 10**8  # scenes of a split


class Digits(DenseData):
    """Scenes of real handwritten digits (those of scikit-learn) on random textures, for segmentation and detection.

    Scene `index` of a split is a pure function of (scene_seed, split, index): the data are the same for every
    training seed. Sizes are log-uniform; colours are random, and one scene's ink may be darker than another's
    ground, so that shape must be learnt; objects hide each other and reach over the edges. Training, validation
    and test scenes are made of different handwriting.

    The defaults suit a small network and a short run: 33,000 parameters reach an mIoU of 0.37 in 12 epochs.
    `scale: [8, 40]`, `clutter: [0, 2]` and `contrast: 40` are much harder (0.12): small objects, and strokes whose
    meaning depends on their context.

    Mask labels are 0 for the background and 1 + digit; box labels are the digit. Boxes are tight around the visible
    pixels; an object with less than a quarter of its pixels in sight has no box, and what is seen of it is ignored.

    ```yaml
    data:
      class_path: Digits
      init_args: {image_size: 64, train_scenes: 512, imbalance: 1.0, batch_size: 16}
    ```

    Args:
        image_size: Height and width in pixels.
        train_scenes: Scenes to train on.
        val_scenes: Scenes to validate on.
        test_scenes: Scenes to test on.
        objects: Least and most digits a scene.
        clutter: Least and most distractors a scene: digits with their quarters exchanged, labelled background.
        scale: Smallest and largest height of an object in pixels; log-uniform between them.
        contrast: About how much brighter than its ground an object is, as the mean of RGB in 0 to 255; less where
            the ground is too bright for it.
        imbalance: Zipf exponent s of the classes: digit k has a frequency proportional to (k + 1)^-s, in all splits.
        mask_noise: Share of the training objects whose pixels bear a wrong class.
        box_outliers: Share of the training boxes whose edges are grossly wrong, each by up to the box's size.
        scene_seed: The seed of the scenes.
        **loading: The arguments of `DenseData`.

    Raises:
        ValueError: If an argument is out of range.
    """

    classes = ("background", *map(str, range(DIGITS)))
    box_classes = tuple(map(str, range(DIGITS)))

    def __init__(
        self,
        image_size: int = 64,
        train_scenes: int = 512,
        val_scenes: int = 128,
        test_scenes: int = 256,
        objects: tuple[int, int] = (3, 6),
        clutter: tuple[int, int] = (0, 0),
        scale: tuple[float, float] = (16.0, 40.0),
        contrast: float = 80.0,
        imbalance: float = 0.0,
        mask_noise: float = 0.0,
        box_outliers: float = 0.0,
        scene_seed: int = 0,
        **loading: Any,
    ) -> None:
        super().__init__(**loading)
        self.composer = Composer(image_size, objects, clutter, scale, contrast, imbalance)
        self.sizes: dict[Split, int] = {"train": train_scenes, "val": val_scenes, "test": test_scenes}
        if min(self.sizes.values()) < 1 or max(self.sizes.values()) > MOST:
            raise ValueError(f"every split needs at least 1 scene and at most {MOST}, got {self.sizes}")
        if not (0 <= mask_noise <= 1 and 0 <= box_outliers <= 1):
            raise ValueError(f"mask_noise and box_outliers must lie in [0, 1], got {mask_noise} and {box_outliers}")
        if scene_seed < 0:
            raise ValueError(f"scene_seed must be at least 0, got {scene_seed}")
        self.mask_noise, self.box_outliers, self.scene_seed = mask_noise, box_outliers, scene_seed

    def check(self, split: Split) -> None:
        """Nothing to refuse: every digit may occur by construction, though not in every handful of scenes."""

    def dataset(self, split: Split) -> Cached:
        """The scenes of a split; only training labels are noisy."""
        noise = (self.mask_noise, self.box_outliers) if split == "train" else (0.0, 0.0)
        return Cached(Scenes(self.composer, split, self.sizes[split], self.scene_seed, *noise))


class Scenes:
    """The scenes of one split, composed when asked for; arguments as for `Digits`."""

    def __init__(
        self, composer: Composer, split: Split, size: int, seed: int, mask_noise: float, box_outliers: float
    ) -> None:
        self.composer, self.split, self.size, self.seed = composer, split, size, seed
        self.mask_noise, self.box_outliers = mask_noise, box_outliers

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> Sample:
        part = ("train", "val", "test").index(self.split)
        scenes, noise = (np.random.default_rng(s) for s in stream(self.seed, part, index).spawn(2))
        scene = self.composer(scenes, handwriting(self.split))
        # Noise has a stream of its own: clean and noisy data show the same scenes.
        mask = spoil_labels(scene.mask_labels, self.mask_noise, noise).astype(np.uint8)[scene.owner]
        boxes = spoil_boxes(scene.boxes, self.box_outliers, noise).clip(0, self.composer.image_size)
        return {
            "image": tv_tensors.Image(torch.from_numpy(scene.image)),
            "mask": tv_tensors.Mask(torch.from_numpy(mask)),
            "boxes": tv_tensors.BoundingBoxes(torch.from_numpy(boxes), format="XYXY", canvas_size=mask.shape),
            "labels": torch.from_numpy(scene.labels),
        }


def spoil_labels(mask_labels: Ints, share: float, rng: Generator) -> Ints:
    """Give a share of the digits the mask label of another digit."""
    wrong = (rng.random(len(mask_labels)) < share) & (mask_labels > 0) & (mask_labels != IGNORE)
    others = (mask_labels - 1 + rng.integers(1, DIGITS, len(mask_labels))) % DIGITS + 1
    return np.where(wrong, others, mask_labels)


def spoil_boxes(boxes: Floats, share: float, rng: Generator) -> Floats:
    """Move each edge of a share of the boxes inwards by up to 0.4 or outwards by up to 1 of the box's size."""
    wrong = rng.random((len(boxes), 1)) < share
    outwards = np.tile(boxes[:, 2:] - boxes[:, :2], 2) * (-1, -1, 1, 1)
    moved = boxes + outwards * rng.uniform(-0.4, 1, boxes.shape)
    return np.where(wrong, moved, boxes).astype(np.float32)
