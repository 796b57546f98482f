"""A run, loaded in one line: its weights are those that its score is of."""

import json
import shutil
from pathlib import Path

import pytest
import torch
import yaml

import lightning_modules
from datamodules import Digits
from lightning_modules.backbones import EfficientNet, EfficientNetLite0, Tiny
from lightning_modules.backbones.weights import none_fetched
from lightning_modules.losses import CrossEntropy


def copied(run: Path, to: Path, **changed) -> Path:
    """A run with other keys in its config."""
    shutil.copytree(run, to)
    config = yaml.safe_load((run / "config.yaml").read_text()) | changed
    (to / "config.yaml").write_text(yaml.safe_dump(config))
    return to


def miou(model, data) -> float:
    with torch.no_grad():
        for batch in data.val_dataloader():
            model.confusion.update(model(batch["image"]).argmax(1), batch["mask"])
    return float(model.scores()["miou"])


@pytest.mark.parametrize("file", ["", "checkpoints/last.ckpt"])
def test_the_loaded_model_scores_what_the_run_did_with_its_averaged_weights(runs, file):
    run = runs / "segmentation"
    model = lightning_modules.load(run / file)
    score = json.loads((run / "result.json").read_text())["metrics"]["val/miou"]
    assert not model.training
    assert model.class_names == Digits.classes
    assert miou(model, model.data) == pytest.approx(score, abs=1e-6)
    trained = torch.load(run / "checkpoints/last.ckpt")["averaged"]["current"]
    model.load_state_dict(trained, strict=False)
    assert miou(model, model.data) != pytest.approx(score, abs=1e-6)


def test_lightnings_own_loader_works_where_the_parts_are_given(runs):
    parts = {"backbone": lambda: Tiny(channels=2), "loss": CrossEntropy(), "optimizer": None, "schedule": None}
    path = runs / "segmentation/checkpoints/last.ckpt"
    ours = lightning_modules.load(path)
    theirs = lightning_modules.Segmentation.load_from_checkpoint(path, num_classes=11, **parts)
    assert theirs.class_names == ours.class_names
    image = torch.rand(1, 3, 32, 32)
    assert torch.equal(theirs.eval()(image), ours(image))


def test_a_class_of_ones_own_beside_the_config_is_found(runs, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    data = yaml.safe_load((runs / "detection/config.yaml").read_text())["data"]
    run = copied(runs / "detection", tmp_path / "run", data={**data, "class_path": "mine_beside.Mine"})
    (run / "mine_beside.py").write_text("from datamodules import Digits\nclass Mine(Digits):\n    size = (7, 9)\n")
    model = lightning_modules.load(run)
    assert type(model.data).__name__ == "Mine"
    assert model.data.prepare(torch.zeros(3, 20, 20, dtype=torch.uint8)).shape == (3, 7, 9)


def test_what_is_no_run_is_said(runs, tmp_path):
    broken = copied(runs / "detection", tmp_path / "broken")
    (broken / "checkpoints/last.ckpt").write_text("no weights")
    shutil.copytree(broken, tmp_path / "untrained", ignore=shutil.ignore_patterns("*.ckpt"))
    shutil.copy(runs / "detection/checkpoints/last.ckpt", tmp_path / "alone.ckpt")
    (tmp_path / "mine/fpn").mkdir(parents=True)
    broken.rename(tmp_path / "mine/fpn/seed-0")
    other = copied(runs / "detection", tmp_path / "other")
    shutil.copy(runs / "segmentation/config.yaml", other)
    for run, said in {
        "nowhere": "no run .*nowhere",
        "untrained": "untrained has no checkpoints/last.ckpt",
        "alone.ckpt": "has no config.yaml beside it",
        "mine/fpn": "it holds runs, such as .*mine/fpn/seed-0",
        "mine/fpn/seed-0": r"cannot be read as a checkpoint \(PyTorch writes a zip, which it is not\)",
        "other": "is of another network",
    }.items():
        with pytest.raises((FileNotFoundError, ValueError), match=said):
            lightning_modules.load(tmp_path / run)


def test_a_backbone_is_built_like_a_pretrained_one_without_its_weights():
    with none_fetched():  # no download: there is no network in the tests
        lite, net = EfficientNetLite0(weights="DEFAULT"), EfficientNet(weights="DEFAULT")
    assert torch.equal(
        lite.normalize(torch.zeros(1, 3, 1, 1)), EfficientNetLite0("DEFAULT").normalize(torch.zeros(1, 3, 1, 1))
    )
    assert not torch.equal(next(lite.parameters()), next(EfficientNetLite0("DEFAULT").parameters()))
    assert net.levels == EfficientNet().levels
