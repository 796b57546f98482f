"""Every baseline of the package trains through the real door, made thin and fed with small scenes."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest

from experiments.declare import configs
from experiments.trial import train

BASELINES = sorted((configs.PACKAGE / "baselines").glob("*.yaml"))
WIDTHS = ("channels", "out_channels", "hidden", "low_channels")
DATA = {
    "Classification": {"class_path": "DigitClasses", "init_args": {"image_size": 64, "train_images": 4}},
    "Segmentation": {"class_path": "Digits", "init_args": {"image_size": 64, "train_scenes": 4}},
    "Detection": {"class_path": "Digits", "init_args": {"image_size": 64, "train_scenes": 4}},
}
CLASSES = {"Classification": 10, "Segmentation": 11, "Detection": 10}


def thin(config: Any) -> Any:
    """The config with every width 8, an eighth of a ResNet-18 for a ResNet, and no pretrained weights."""
    if isinstance(config, list):
        return [thin(entry) for entry in config]
    if not isinstance(config, dict):
        return config
    made = {key: 8 if key in WIDTHS else thin(value) for key, value in config.items()}
    if made.get("class_path") == "ResNet":
        made["init_args"] |= {"depth": 18, "width": 0.125}
    return {**made, "weights": None} if "weights" in made else made


@pytest.mark.parametrize("baseline", BASELINES, ids=lambda path: path.stem)
def test_two_steps(baseline: Path, tmp_path: Path) -> None:
    config = thin(configs.read_yaml(baseline))
    task = config["model"]["class_path"]
    config["model"]["init_args"]["num_classes"] = CLASSES[task]
    config["data"] = {**DATA[task], "init_args": {**DATA[task]["init_args"], "batch_size": 2}}
    config["trainer"] = {"max_epochs": 1, "limit_val_batches": 1, "default_root_dir": str(tmp_path)}
    config["trainer"] |= {"enable_progress_bar": False, "enable_model_summary": False}
    assert train.main(["fit", "--config", json.dumps(config), "--threads=1"]) == 0
    with (tmp_path / "metrics.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["step"] == "2"
    assert all(math.isfinite(float(row[name])) for name in ("train/loss", "val/loss"))


@pytest.mark.parametrize("baseline", BASELINES, ids=lambda path: path.stem)
def test_opens_with_its_exact_command(baseline: Path) -> None:
    comment, _, _ = baseline.read_text(encoding="utf-8").partition("\nseed_everything")
    assert comment.startswith("# ")
    assert f"trickbench fit --config experiments/baselines/{baseline.name}" in comment
