"""The Lightning CLI door: real command lines, in this process."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from lightning.pytorch import Callback
from PIL import Image

from experiments.images import store
from experiments.images.scored import score
from experiments.trial import train
from tests.experiments.tiny import fit, model, write


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]


def same(one: Path, other: Path) -> bool:
    ours, theirs = weights(one), weights(other)
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_fit_leaves_config_metrics_checkpoint_and_result(tmp_path):
    assert train.main(fit(tmp_path)) == 0
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["status"] == "done"
    assert [row["epoch"] for row in rows(tmp_path)] == ["0", "1"]
    assert result["metrics"]["val/miou"] == float(rows(tmp_path)[-1]["val/miou"])
    assert result["metrics"]["step"] == 8
    assert result["cost"]["parameters"] == sum(
        value.numel() for name, value in weights(tmp_path).items() if "running" not in name and "num_b" not in name
    )
    config = yaml.safe_load((tmp_path / "config.yaml").read_text())
    assert config["model"]["init_args"]["optimizer"]["init_args"]["nesterov"] is False  # resolved, defaults included


def test_the_saved_config_gives_the_same_bits(tmp_path):
    train.main(fit(tmp_path / "one", words=("--seed_everything=5",)))
    again = ["fit", f"--config={tmp_path}/one/config.yaml", f"--trainer.default_root_dir={tmp_path}/two"]
    assert train.main(again) == 0
    assert same(tmp_path / "one", tmp_path / "two")
    assert rows(tmp_path / "one") == rows(tmp_path / "two")


def test_a_finished_trial_is_not_overwritten(tmp_path, capsys):
    train.main(fit(tmp_path))
    before = (tmp_path / "result.json").read_bytes()
    assert train.main(["fit", f"--config={tmp_path}/config.yaml"]) == 0
    assert (tmp_path / "result.json").read_bytes() == before
    assert same(tmp_path, tmp_path / "rerun-1")
    assert "holds a finished trial" in capsys.readouterr().out


@pytest.mark.parametrize("extra", [{}, model(rewrites=[{"class_path": "DropPath", "init_args": {"rate": 0.5}}])])
def test_a_resumed_trial_ends_in_the_same_bits(tmp_path, extra):
    whole, halved = tmp_path / "whole", tmp_path / "halved"
    train.main(fit(whole, extra, words=("--trainer.max_epochs=4",)))
    stop = {
        "trainer": {
            "callbacks": [{"class_path": "tests.experiments.trial.test_train.DieAfter", "init_args": {"epoch": 1}}]
        }
    }
    with pytest.raises(Died):
        train.main(fit(halved, extra, stop, words=("--trainer.max_epochs=4",)))
    assert not (halved / "result.json").exists()
    resume = f"--ckpt_path={halved}/checkpoints/last.ckpt"
    assert train.main(fit(halved, extra, words=("--trainer.max_epochs=4", resume))) == 0
    assert same(whole, halved)
    assert rows(whole) == rows(halved)
    assert yaml.safe_load((halved / "config.yaml").read_text())["ckpt_path"] is None


def test_divergence_is_a_result(tmp_path, capsys):
    layer = model(optimizer={"init_args": {"lr": 1e30}})
    assert train.main(fit(tmp_path, layer)) == 3
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["status"] == "diverged"
    assert "the loss is" in result["reason"]
    assert capsys.readouterr().err.startswith("trickbench: diverged: the loss is")


def test_print_config_shows_merged_layers(tmp_path, capsys):
    with pytest.raises(SystemExit) as done:
        train.main(
            fit(tmp_path, model(loss={"class_path": "Focal", "init_args": {"gamma": 5}}), words=("--print_config",))
        )
    assert done.value.code == 0
    config = yaml.safe_load(capsys.readouterr().out)
    assert config["model"]["init_args"]["loss"]["init_args"]["gamma"] == 5
    assert config["model"]["init_args"]["optimizer"]["class_path"] == "torch.optim.SGD"


def test_validate_and_test_measure_a_checkpoint(tmp_path, capsys):
    train.main(fit(tmp_path))
    checkpoint = f"--ckpt_path={tmp_path}/checkpoints/last.ckpt"
    for command in ("validate", "test"):
        assert train.main([command, f"--config={tmp_path}/config.yaml", checkpoint]) == 0
    assert rows(tmp_path)[-1]["val/miou"][:6] in capsys.readouterr().out
    assert yaml.safe_load((tmp_path / "config.yaml").read_text())["ckpt_path"] is None


def test_predict_writes_a_label_map_for_each_test_image(tmp_path):
    train.main(fit(tmp_path))
    words = [f"--config={tmp_path}/config.yaml", f"--ckpt_path={tmp_path}/checkpoints/last.ckpt"]
    assert train.main(["predict", *words, "--data.init_args.test_scenes=6"]) == 0
    maps = [np.asarray(Image.open(path)) for path in sorted((tmp_path / "predictions").iterdir())]
    assert [tuple(labels.shape) for labels in maps] == [(32, 32)] * 6
    assert max(int(labels.max()) for labels in maps) < 11


def test_two_processes_measure_what_one_measures(tmp_path, capsys):
    """Exact metrics: the ten validation images of a fit on two ranks, and of its checkpoint on one.

    The loss is left out: it is a mean over batches, and two ranks make other batches.
    """
    ddp = ("--trainer.devices=2", "--trainer.strategy=ddp", "--trainer.accelerator=cpu")
    script = "import sys; from experiments.cli import main; sys.exit(main())"  # as `trickbench` is installed
    command = [sys.executable, "-c", script, *fit(tmp_path, words=ddp)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["status"], result["devices"], result["metrics"]["step"]) == ("done", 2, 4)

    words = [f"--config={tmp_path}/config.yaml", f"--ckpt_path={tmp_path}/checkpoints/last.ckpt"]
    assert train.main(["validate", *words, "--trainer.devices=1", "--trainer.strategy=auto"]) == 0
    printed = dict(re.findall(r"(val/\S+)\D+([\d.e-]+|nan)", capsys.readouterr().out))
    two = {name: value for name, value in result["metrics"].items() if name.startswith("val/") and "loss" not in name}
    assert {name: float(printed[name]) for name in two} == pytest.approx(two, abs=1e-12, nan_ok=True)
    assert two["val/miou"] > 0
    images = store.read(tmp_path / "images.npz")
    assert images["places"].tolist() == list(range(10))
    assert score(images, "miou", np.ones((1, 10))) == pytest.approx([two["val/miou"]], rel=1e-6)


def test_config_files_layer_on_disk_too(tmp_path):
    base = write(tmp_path, "base.yaml", {"trainer": {"max_epochs": 1}})
    words = fit(tmp_path / "run", words=("--config", base))
    assert train.main(words) == 0
    assert len(rows(tmp_path / "run")) == 1


class Died(Exception):
    """What a test raises to end a trial between two epochs."""


class DieAfter(Callback):
    """Ends a trial as a kill would: after an epoch's checkpoint is written, before the next one.

    Args:
        epoch: The last epoch that is finished.
    """

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_train_batch_start(self, trainer, *_) -> None:
        if trainer.current_epoch > self.epoch:
            raise Died
