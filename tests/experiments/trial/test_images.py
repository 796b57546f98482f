"""What a trial leaves of each image adds up to what it logged, whatever it is trained for and whatever ends it."""

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from datamodules import Digits
from experiments.images import store
from experiments.images.scored import score
from experiments.trial import train
from tests.experiments.tiny import BASELINE, detection, fit
from tests.experiments.trial.test_resume import callbacks

CLASSIFICATION = {
    "model": {
        "class_path": "Classification",
        "init_args": BASELINE["model"]["init_args"] | {"num_classes": 10},
    },
    "data": {
        "class_path": "DigitClasses",
        "init_args": {"scale": [8, 20], "train_images": 16, "val_images": 10, "batch_size": 4},
    },
}
OWN = tuple((k + 1, 2 * k, 250 - k) for k in range(11))  # colours of the data's classes
EARLY = callbacks("lightning.pytorch.callbacks.EarlyStopping", monitor="val/loss", patience=1, min_delta=9.0)
SURE = detection(score_threshold=0.0, max_detections=300)  # more than COCO counts
FITS = {
    "segmentation": ({}, ("miou", "accuracy", "iou/background", "iou/3")),
    "stopped by its own metric": (
        {**EARLY, "trainer": {**EARLY["trainer"], "max_epochs": 5}},
        ("miou", "accuracy"),
    ),
    "detection": (SURE, ("map", "map50", "map75", "ap/1")),
    "classification": (CLASSIFICATION, ("accuracy", "accuracy/3")),
}


def check_pictures(images: store.Tables, files: dict[str, bytes], said: dict[int, Any]) -> None:
    """A picture of each of the ten images; masks count what was counted, or boxes and labels are said of each."""
    assert len([name for name in files if name.endswith(".jpg")]) == 10
    if "pixels" not in images:
        assert said.keys() == set(range(10))
        assert all(each.keys() == {"truth", "found"} for each in said.values())
        return
    for place in range(10):
        truth, found = (np.asarray(Image.open(io.BytesIO(files[f"{place:05}{end}"]))) for end in (".truth.png", ".png"))
        right, predicted, true = images["pixels"][place].T
        assert Image.open(io.BytesIO(files[f"{place:05}.png"])).getpalette()[:3] == list(OWN[0])
        assert np.bincount(truth[truth != 255], minlength=11).tolist() == true.tolist()
        assert np.bincount(found[truth != 255], minlength=11).tolist() == predicted.tolist()
        assert np.bincount(truth[truth == found], minlength=11).tolist() == right.tolist()


@pytest.mark.parametrize(("layer", "metrics"), FITS.values(), ids=FITS)
def test_the_images_add_up_to_the_metrics(tmp_path, monkeypatch, layer, metrics):
    monkeypatch.setattr(Digits, "colours", OWN)
    assert train.main(fit(tmp_path, layer)) == 0
    images, logged = store.read(tmp_path / "images.npz"), json.loads((tmp_path / "result.json").read_text())["metrics"]
    assert images["places"].tolist() == list(range(10))
    for metric in metrics:
        assert score(images, metric, np.ones((1, 10))) == pytest.approx(
            [logged[f"val/{metric}"]], rel=1e-5, nan_ok=True
        )
    assert score(images, "loss", np.ones((1, 10))) is None


def test_nothing_is_left_without_a_validation(tmp_path):
    assert train.main(fit(tmp_path, words=("--trainer.limit_val_batches=0",))) == 0
    assert not [name for name in ("images.npz", "pictures.zip") if (tmp_path / name).exists()]


def test_the_ground_is_no_object_whatever_it_is_called(tmp_path, monkeypatch):
    counted = {}
    for name in ("background", "背景", "zero"):
        monkeypatch.setattr(Digits, "classes", (name, *Digits.classes[1:]))
        assert train.main(fit(tmp_path / name)) == 0
        counted[name] = len(store.read(tmp_path / name / "images.npz")["objects"])
    assert counted["背景"] == counted["background"] < counted["zero"]
