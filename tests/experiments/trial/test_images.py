"""What a trial leaves of each image adds up to what it logged, whatever it is trained for and whatever ends it."""

import json

import numpy as np
import pytest

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


@pytest.mark.parametrize(("layer", "metrics"), FITS.values(), ids=FITS)
def test_the_images_add_up_to_the_metrics(tmp_path, layer, metrics):
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
    assert not (tmp_path / "images.npz").exists()
