"""Whole images through the real door, and the metric by hand."""

import csv
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

import experiments
from experiments.trial import train
from lightning_modules import Classification
from lightning_modules.backbones import Tiny
from lightning_modules.heads import SPPHead
from lightning_modules.losses import CrossEntropy, Dice, Focal, InverseFrequency, SigmoidFocal
from lightning_modules.optim import Poly, Warmup
from lightning_modules.pyramid import PPM
from lightning_modules.rewrites import GroupNorm

BASELINE = Path(experiments.__file__).parent / "baselines" / "digit_classes.yaml"


def classification(**arguments: Any) -> Classification:
    slots: dict[str, Any] = {
        "num_classes": 3,
        "backbone": partial(Tiny, channels=2),
        "loss": CrossEntropy(),
        "optimizer": partial(torch.optim.SGD, lr=0.01),
        "schedule": partial(Warmup, length=0, decay=Poly()),
    }
    return Classification(**{**slots, **arguments})


def fit(folder: Path, *layers: dict[str, Any]) -> dict[str, str]:
    small: dict[str, Any] = {
        "trainer": {"max_steps": 2, "limit_val_batches": 2, "default_root_dir": str(folder)}
        | dict.fromkeys(("enable_progress_bar", "enable_model_summary"), False),
        "data": {"init_args": {"image_size": 24, "scale": [8, 20], "train_images": 8, "val_images": 8}}
        | {"class_path": "DigitClasses"},
    }
    small["data"]["init_args"]["batch_size"] = 4
    words = [w for layer in (small, *layers) for w in ("--config", json.dumps(layer))]
    assert train.main(["fit", "--config", str(BASELINE), *words]) == 0
    with (folder / "metrics.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))[-1]


def test_the_baseline_fits_and_logs_every_class(tmp_path: Path) -> None:
    row = fit(tmp_path)
    assert 0 <= float(row["val/accuracy"]) <= 1
    assert {f"val/accuracy/{digit}" for digit in range(10)} <= row.keys()


@pytest.mark.parametrize("loss", ["Focal", "SigmoidFocal"])
def test_spp_where_it_was_born_under_other_losses(tmp_path: Path, loss: str) -> None:
    slots = {"head": {"class_path": "SPPHead"}, "context": {"class_path": "PPM"}, "loss": {"class_path": loss}}
    assert float(fit(tmp_path, {"model": {"init_args": slots}})["train/loss"]) > 0


def test_a_rule_for_class_weights_learns_the_counts(tmp_path: Path) -> None:
    loss = {"class_path": "CrossEntropy", "init_args": {"class_weights": {"class_path": "EffectiveNumber"}}}
    assert float(fit(tmp_path, {"model": {"init_args": {"loss": loss}}})["val/loss"]) > 0


def test_accuracy_is_over_all_images_and_in_each_class() -> None:
    model = classification()
    logged: dict[str, float] = {}
    model.log_dict = lambda scores, **_: logged.update({k: float(v) for k, v in scores.items()})  # type: ignore[method-assign,misc]
    model.class_names = ("a", "b", "c")
    for predicted, labels in (([0, 0, 1, 1], [0, 0, 0, 1]), ([0], [1])):
        logits = torch.eye(3)[predicted] * 9
        model.forward = lambda _, logits=logits: logits  # type: ignore[method-assign,misc]
        model.validation_step({"image": logits, "label": torch.tensor(labels)}, 0)
    model.on_validation_epoch_end()
    assert logged["val/accuracy"] == pytest.approx(3 / 5)
    assert logged["val/accuracy/a"] == pytest.approx(2 / 3)
    assert logged["val/accuracy/b"] == pytest.approx(1 / 2)
    assert logged["val/accuracy/c"] != logged["val/accuracy/c"]  # NaN: the data have none
    assert len(model.confusion.matrix.nonzero()) == 0  # the next epoch starts anew


def test_any_image_size_gives_one_row_an_image() -> None:
    model = classification(head=SPPHead, context=PPM, rewrites=[GroupNorm(1)]).eval()
    assert [tuple(model(torch.randn(2, 3, *size)).shape) for size in ((1, 1), (7, 13), (64, 32))] == [(2, 3)] * 3


@pytest.mark.parametrize("loss", [CrossEntropy(), Focal(), SigmoidFocal(), CrossEntropy(InverseFrequency())])
def test_every_mean_over_labels_teaches_every_parameter(loss: Any) -> None:
    model = classification(loss=loss)
    loss.set_class_counts(torch.tensor([5, 3, 2]))
    loss(model(torch.randn(4, 3, 32, 32)), torch.tensor([0, 1, 2, 1])).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_classes": 1}, "Classification: num_classes must be at least 2, got 1"),
        ({"loss": Dice()}, "Classification: loss must be a ClassificationLoss, got Dice"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        classification(**arguments)


def test_another_number_of_classes_than_the_datas_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--model.init_args.num_classes=4", f"--trainer.default_root_dir={tmp_path}", "--trainer.logger=false"]
    words += ["--trainer.enable_progress_bar=false", "--trainer.enable_model_summary=false"]
    assert train.main(["fit", "--config", str(BASELINE), *words]) == 2
    assert "num_classes is 4, but the data has 10" in capsys.readouterr().err
