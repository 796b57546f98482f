"""The detection task: training through the real door, and what is refused."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from torch import nn

import experiments
from experiments.trial import train
from lightning_modules.losses import L2, CrossEntropy, Dice
from tests.experiments.tiny import model
from tests.lightning_modules.detectors import detection

BASELINES = Path(experiments.__file__).parent / "baselines"


def fit(folder: Path, baseline: str, *layers: dict[str, Any]) -> list[str]:
    """Two steps of a baseline that ships with the package."""
    short = {
        "trainer": {"max_epochs": 1, "enable_progress_bar": False, "enable_model_summary": False},
        "data": {"init_args": {"train_scenes": 8, "val_scenes": 5, "batch_size": 4}},
    }
    configs = [str(BASELINES / f"{baseline}.yaml"), *(json.dumps(layer) for layer in (short, *layers))]
    words = [word for config in configs for word in ("--config", config)]
    return ["fit", *words, f"--trainer.default_root_dir={folder}", "--threads=1"]


@pytest.mark.parametrize("baseline", ["digits_fcos", "digits_retina"])
def test_baselines_fit(tmp_path: Path, baseline: str) -> None:
    sanity = {"trainer": {"num_sanity_val_steps": 1}}  # anchors made in inference mode must do for training
    assert train.main(fit(tmp_path, baseline, sanity)) == 0
    with (tmp_path / "metrics.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert row["step"] == "2"
    wanted = {f"val/{name}" for name in ("loss", "map", "map50", "map75", "map_small", "map_medium", "map_large")}
    assert wanted | {f"val/ap/{digit}" for digit in range(10)} <= row.keys()
    assert 0 <= float(row["val/map"]) <= float(row["val/map50"]) <= 1
    parts = sum(float(value) for name, value in row.items() if name.startswith("train/loss/"))
    assert float(row["train/loss"]) == pytest.approx(parts, rel=1e-5)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (model(num_classes=0), "Detection: num_classes must be at least 1, got 0"),
        (model(num_classes=7), "Detection: num_classes is 7, but the data has 10 classes of boxes: 0, 1, 2, 3"),
        (model(score_threshold=1.0), "Detection: score_threshold must lie in [0, 1), got 1.0"),
        (model(nms_iou=1.5), "Detection: nms_iou must lie in [0, 1], got 1.5"),
        (model(max_detections=0), "Detection: max_detections must be at least 1, got 0"),
        (model(loss={"class_path": "Dice"}), "model.loss"),
        (model(box_loss={"class_path": "GIuO"}), "model.box_loss: unknown class 'GIuO'; nearest: GIoU"),
        (model(head={"init_args": {"radius": 0}}), "FCOSHead: radius must be positive, got 0"),
        (model(head={"class_path": "FCNHead"}), "model.head"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(tmp_path: Path, capsys: Any, layer: dict[str, Any], message: str) -> None:
    assert train.main(fit(tmp_path, "digits_fcos", layer)) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("trickbench: error: ")
    assert message in error


class Nowhere(L2):
    """A box loss on neither."""

    on = "corners"  # type: ignore[assignment]


@pytest.mark.parametrize("losses", [{"loss": Dice()}, {"box_loss": Nowhere()}, {"box_loss": nn.L1Loss()}])
def test_losses_that_do_not_fit_are_named(losses: dict[str, Any]) -> None:
    (wrong,) = losses.values()
    with pytest.raises(ValueError, match=rf"^Detection: loss must be [^\n]*, got [^\n]*{type(wrong).__name__}[^\n]*$"):
        detection(**losses)


def test_class_weights_must_count_background() -> None:
    with pytest.raises(ValueError, match="CrossEntropy: class_weights must be 4, one a class, got 3"):
        detection(loss=CrossEntropy([1.0, 1.0, 1.0]))
