"""A trial that trains in a second, and an ablation of such."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

BASELINE: dict[str, Any] = {
    "trainer": {"max_epochs": 2},
    "model": {
        "class_path": "Segmentation",
        "init_args": {
            "num_classes": 11,
            "backbone": {"class_path": "Tiny", "init_args": {"channels": 2}},
            "loss": {"class_path": "CrossEntropy"},
            "optimizer": {"class_path": "torch.optim.SGD", "init_args": {"lr": 0.05, "momentum": 0.9}},
            "schedule": {"class_path": "Warmup", "init_args": {"length": 0.2, "decay": {"class_path": "Poly"}}},
            "rewrites": [],
        },
    },
    "data": {
        "class_path": "Digits",
        "init_args": {"image_size": 32, "scale": [8, 20], "train_scenes": 16, "val_scenes": 10, "batch_size": 4},
    },
}


def write(folder: Path, name: str, content: dict[str, Any]) -> str:
    """Write a layer (JSON is YAML) and return its path."""
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def model(**init_args: Any) -> dict[str, Any]:
    """A layer that sets arguments of the model."""
    return {"model": {"init_args": init_args}}


def detection(**init_args: Any) -> dict[str, Any]:
    """A layer that makes a detector of the baseline, with its parts and these arguments."""
    kept = {name: BASELINE["model"]["init_args"][name] for name in ("backbone", "optimizer", "schedule", "rewrites")}
    own = {
        **kept,
        "num_classes": 10,
        "loss": {"class_path": "SigmoidFocal"},
        "box_loss": {"class_path": "GIoU"},
        "head": {"class_path": "FCOSHead", "init_args": {"channels": 4, "depth": 1}},
    }
    return {"model": {"class_path": "Detection", "init_args": own | init_args}}


def fit(folder: Path, *layers: dict[str, Any], words: tuple[str, ...] = ()) -> list[str]:
    """The command line of a quiet fit over the baseline and these layers, into `folder`."""
    configs = [json.dumps(layer) for layer in (BASELINE, *layers)]
    quiet = ["--trainer.enable_progress_bar=false", "--trainer.enable_model_summary=false", "--threads=1"]
    root = f"--trainer.default_root_dir={folder}"
    return ["fit", *(word for config in configs for word in ("--config", config)), root, *quiet, *words]


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    """The last line of what a command said, which has to be an error."""
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("trickbench: error: ")
    return error.removeprefix("trickbench: error: ")


def statuses(folder: Path) -> dict[str, Counter[str]]:
    """Arm → how many trials of the ablation `matrix` have each status, by its trials.csv."""
    found: dict[str, Counter[str]] = {}
    with (folder / "runs/matrix/trials.csv").open() as file:
        for row in csv.DictReader(file):
            found.setdefault(row["arm"], Counter())[row["status"]] += 1
    return found
