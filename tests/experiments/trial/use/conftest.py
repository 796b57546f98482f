"""A trained run of each task, and a folder of images of every kind."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from experiments.trial import train
from tests.experiments import tiny

ONE_EPOCH = {"trainer": {"max_epochs": 1}}
EMA = {"trainer": {"callbacks": [{"class_path": "EMA", "init_args": {"decay": 0.5}}]}}
SMALL = {"init_args": {"image_size": 32, "train_images": 8, "val_images": 4, "batch_size": 4}}
KEPT = {name: tiny.BASELINE["model"]["init_args"][name] for name in ("backbone", "loss", "optimizer", "schedule")}
CLASSES = {
    "model": {"class_path": "Classification", "init_args": {**KEPT, "num_classes": 10}},
    "data": {"class_path": "DigitClasses", **SMALL},
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """`segmentation`, whose score is of averaged weights, `detection` and `classification`."""
    folder = tmp_path_factory.mktemp("runs")
    layers = {"segmentation": EMA, "detection": tiny.detection(score_threshold=0.0), "classification": CLASSES}
    for name, layer in layers.items():
        assert train.main(tiny.fit(folder / name, ONE_EPOCH, layer)) == 0
    return folder


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Images of many modes and sizes in folders, two of one stem; one is turned by its EXIF orientation."""
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    image, folder = Image.fromarray(pixels), tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    image.save(folder / "a.png")
    image.convert("L").save(folder / "a.jpg")
    image.convert("P").save(folder / "palette.png")
    image.convert("RGBA").save(folder / "more" / "clear.webp")
    Image.fromarray(pixels[..., 0].astype(np.uint16) * 257).save(folder / "more" / "deep.tif")
    turned = image.getexif()
    turned[274] = 6
    image.save(folder / "more" / "turned ü.JPG", exif=turned)
    return folder
